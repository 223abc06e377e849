// Package config owns the settings of the program: their names in the environment, on the command line and in a file,
// how they are read, and the page docs/settings.md that describes them.
//
// It reads and judges form only: numbers, durations, lists, networks, unknown and doubled names. Whether a value is safe,
// and whether two values agree, is judged by the owner of the value (internal/app), which an embedding program uses
// without this package. It holds no value after Load has returned, and reads no .env file.
package config
