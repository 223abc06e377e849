package emulator

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Variable is an environment variable that configures an emulator. Those outside the emulator's own prefix have the
// names that services use, so that one set of variables configures the service and the emulator.
type Variable[C any] struct {
	Name string
	Set  func(*C, string) error
}

// TextVariable sets a text.
func TextVariable[C any](name string, member func(*C) *string) Variable[C] {
	return Variable[C]{name, func(c *C, v string) error { *member(c) = v; return nil }}
}

// FlagVariable sets a bool.
func FlagVariable[C any](name string, member func(*C) *bool) Variable[C] {
	return Variable[C]{name, func(c *C, v string) (err error) {
		if *member(c), err = strconv.ParseBool(v); err != nil {
			return fmt.Errorf("must be true or false, got %q", Clip(v, 40))
		}
		return nil
	}}
}

// ListVariable adds the entries of a list, separated by commas or spaces.
func ListVariable[C any](name string, member func(*C) *[]string) Variable[C] {
	return Variable[C]{name, func(c *C, v string) error {
		list := member(c)
		*list = append(*list, strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' })...)
		return nil
	}}
}

// Environment returns c with the settings of environ (as from os.Environ). An empty value counts as unset. The error
// names every variable with an invalid value, and every unknown one with the prefix.
func Environment[C any](c C, prefix string, variables []Variable[C], environ []string) (C, error) {
	var faults []error
	known := map[string]func(*C, string) error{prefix + "LISTEN": func(*C, string) error { return nil }}
	for _, v := range variables {
		known[v.Name] = v.Set
	}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		switch set := known[name]; {
		case value == "":
		case set != nil:
			if err := set(&c, value); err != nil {
				faults = append(faults, fmt.Errorf("%s: %w", name, err))
			}
		case strings.HasPrefix(name, prefix):
			faults = append(faults, fmt.Errorf("unknown variable %s", name))
		}
	}
	return c, errors.Join(faults...)
}
