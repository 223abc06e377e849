package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/alecthomas/kong"

	"github.com/norang-login/norang/internal/config"
)

// errHelpShown ends a run that only shows help.
var errHelpShown = errors.New("help was shown")

// help is the flag --help. It acts before validation, so that it works with missing arguments.
type help bool

// BeforeReset is kong's hook.
func (help) BeforeReset(k *kong.Context, c *terminal) error {
	node := k.Selected()
	if node == nil {
		node = k.Model.Node
	}
	if err := c.help(c.stdout, node); err != nil {
		return err
	}
	return errHelpShown
}

// text returns the text of a key: of a setting, or from texts.
func (c *terminal) text(key string) string {
	if s, ok := setting(key); ok {
		return s.Help.In(c.lang)
	}
	return texts[key].In(c.lang)
}

func setting(name string) (config.Setting, bool) {
	for _, s := range config.Table() {
		if s.Name == name {
			return s, true
		}
	}
	return config.Setting{}, false
}

// help prints the help of a command, or of the program.
func (c *terminal) help(w io.Writer, node *kong.Node) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", c.pick("사용법:", "Usage:"), usageLine(c, node))
	if node.Parent == nil {
		fmt.Fprintf(&b, "\n%s\n", c.text("norang"))
	} else {
		fmt.Fprintf(&b, "\n%s\n", c.text(node.Help))
		if more := c.text(node.Help + ".more"); more != "" {
			fmt.Fprintf(&b, "\n%s\n", more)
		}
		if example := examples[node.Help]; example != "" {
			fmt.Fprintf(&b, "\n%s %s\n", c.pick("예:", "Example:"), example)
		}
	}
	if len(node.Positional) > 0 {
		fmt.Fprintf(&b, "\n%s\n", c.pick("인자", "Arguments"))
		for _, p := range node.Positional {
			fmt.Fprintf(&b, "  %-14s %s\n", strings.ToUpper(p.Name), c.text(p.Help))
		}
	}
	if len(node.Children) > 0 {
		fmt.Fprintf(&b, "\n%s\n", c.pick("명령", "Commands"))
		table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		for _, leaf := range node.Leaves(true) {
			fmt.Fprintf(table, "  %s\t%s\n", strings.TrimPrefix(leaf.Path(), node.FullPath()+" "), c.text(leaf.Help))
		}
		_ = table.Flush()
	}
	c.helpFlags(&b, node)
	if node.Parent == nil {
		fmt.Fprintf(&b, "\n%s\n", c.pick("명령마다 자세한 도움말: norang 명령 --help", "More about a command: norang COMMAND --help"))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func usageLine(c *terminal, node *kong.Node) string {
	line := node.FullPath()
	if node.Parent == nil {
		line = node.Name
	}
	if len(node.Children) > 0 {
		line += " " + c.pick("명령", "COMMAND")
	}
	for _, p := range node.Positional {
		name := strings.ToUpper(p.Name)
		if !p.Required {
			name = "[" + name + "]"
		}
		line += " " + name
	}
	return line + " " + c.pick("[플래그]", "[FLAGS]")
}

// helpFlags prints the command's own flags, then the settings by group.
func (c *terminal) helpFlags(b *strings.Builder, node *kong.Node) {
	groups := map[config.Group][]*kong.Flag{}
	fmt.Fprintf(b, "\n%s\n", c.pick("플래그", "Flags"))
	for _, flags := range node.AllFlags(true) {
		for _, f := range flags {
			if s, ok := setting(f.Help); ok {
				groups[s.Group] = append(groups[s.Group], f)
				continue
			}
			c.helpFlag(b, f, "")
		}
	}
	for g := config.GroupService; g <= config.GroupEmulator; g++ {
		if len(groups[g]) == 0 {
			continue
		}
		fmt.Fprintf(b, "\n%s\n", g.Title().In(c.lang))
		for _, f := range groups[g] {
			s, _ := setting(f.Help)
			note := "$" + s.Name
			if s.Default != "" {
				note += c.pick(", 기본값 ", ", default ") + s.DefaultIn(c.lang)
			}
			c.helpFlag(b, f, note)
		}
	}
}

func (c *terminal) helpFlag(b *strings.Builder, f *kong.Flag, note string) {
	name := "--" + f.Name
	if f.Short != 0 {
		name = "-" + string(f.Short) + ", " + name
	}
	if !f.IsBool() && f.PlaceHolder != "" {
		name += " " + f.PlaceHolder
	}
	fmt.Fprintf(b, "  %s\n      %s\n", name, c.text(f.Help))
	if note != "" {
		fmt.Fprintf(b, "      (%s)\n", note)
	}
}
