// Package config defines the program's settings: their names in the environment, on the command line and in a file, how
// they are read, and the page docs/settings.md that describes them.
//
// Each row of its table points to a field of [norang.Config], so that a setting is declared once. The package checks
// form only (numbers, durations, lists, unknown and duplicate names); norang checks values. It does not read .env
// files.
package config
