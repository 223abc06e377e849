package cli

// ownershipHint has nothing to add on Windows, where rights are inherited from the directory.
func ownershipHint(*terminal, error) string { return "" }

// unreadHint has nothing to add either.
func unreadHint(*terminal, error) string { return "" }

// unwritableHint has nothing to add either.
func unwritableHint(*terminal, string, error) string { return "" }

// unreadableHint has nothing to add either.
func unreadableHint(*terminal, string, error) string { return "" }
