package store

// withDenied returns err: on Windows the operating system's own message names the file.
func withDenied(_ string, err error) error { return err }
