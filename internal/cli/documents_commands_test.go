package cli

import (
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"mvdan.cc/sh/v3/syntax"

	"github.com/norang-login/norang/internal/config"
	"github.com/norang-login/norang/internal/testkit/bounded"
)

// shell is what a block of shell lines has.
type shell struct {
	commands [][]string // arguments of norang
	others   []string   // names of other programs
	settings []string   // NAME=value
}

// preparing are programs that set up what the lines after them run.
var preparing = []string{"cd", "export"}

// readShell reads shell lines.
func readShell(code string) (s shell, err error) {
	file, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(code), "")
	if err != nil {
		return s, err
	}
	assigned := func(as []*syntax.Assign) {
		for _, a := range as {
			if a.Name != nil && a.Value != nil {
				s.settings = append(s.settings, a.Name.Value+"="+literal(a.Value))
			}
		}
	}
	syntax.Walk(file, func(n syntax.Node) bool {
		call, ok := n.(*syntax.CallExpr)
		if !ok {
			return true
		}
		assigned(call.Assigns)
		var words []string
		for _, w := range call.Args {
			words = append(words, literal(w))
		}
		switch {
		case len(words) == 0:
		case words[0] == "norang":
			s.commands = append(s.commands, words[1:])
		case len(words) > 2 && slices.Equal(words[:3], []string{"go", "run", "./cmd/norang"}):
			s.commands = append(s.commands, words[3:])
		case words[0] == "export":
			s.settings = append(s.settings, words[1:]...)
		case slices.Equal(words, []string{"go", "test", "./..."}): // which runs this
		case !slices.Contains(preparing, words[0]):
			s.others = append(s.others, strings.Join(words, " "))
		}
		return true
	})
	return s, nil
}

// literal is a word without its quotes.
func literal(w *syntax.Word) string {
	var b strings.Builder
	syntax.Walk(w, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Lit:
			b.WriteString(n.Value)
		case *syntax.SglQuoted:
			b.WriteString(n.Value)
		case *syntax.ParamExp:
			b.WriteString("value")
			return false
		}
		return true
	})
	return b.String()
}

// commandTree is the parser of the program's command lines, or of one of them.
func commandTree(t *testing.T, args ...string) *kong.Kong {
	t.Helper()
	k, err := newParser(&terminal{stdout: io.Discard, stderr: io.Discard, lang: "en"}, args...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// use is a command with the flags that are given to it.
type use struct {
	command string
	flags   []string
	problem string
}

// placeholder is an argument or a command in general.
var placeholder = regexp.MustCompile(`^(…|\.\.\.|명령|[A-Z][A-Z:]*…?)$`)

// follow looks a command line up in the tree of commands. A word such as "list|show" means several commands.
func follow(k *kong.Kong, args []string) (all []use) {
	for i, word := range args {
		if names := strings.Split(word, "|"); len(names) > 1 && !strings.HasPrefix(word, "-") {
			for _, name := range names {
				all = append(all, follow(k, slices.Concat(args[:i], []string{name}, args[i+1:]))...)
			}
			return all
		}
	}
	node, u := k.Model.Node, use{}
	for _, word := range helpArgs(args) {
		name, isFlag := strings.CutPrefix(word, "-")
		name, _, _ = strings.Cut(strings.TrimPrefix(name, "-"), "=")
		child := slices.IndexFunc(node.Children, func(c *kong.Node) bool { return c.Name == word })
		switch {
		case isFlag && hasFlag(node, name):
			u.flags = append(u.flags, name)
		case isFlag && !numeric(name):
			u.problem = "has no flag " + word
		case child >= 0:
			node = node.Children[child]
		case len(node.Children) > 0 && !placeholder.MatchString(word) && len(u.flags) == 0:
			u.problem = "has no command " + word
		}
		if u.problem != "" {
			break
		}
	}
	u.command = node.Path()
	return []use{u}
}

// numeric reports an error code of Kakao, which explain takes as an argument.
func numeric(s string) bool { return strings.Trim(s, "0123456789") == "" }

func hasFlag(node *kong.Node, name string) bool {
	for _, group := range node.AllFlags(false) {
		if slices.ContainsFunc(group, func(f *kong.Flag) bool { return f.Name == name || name == string(f.Short) }) {
			return true
		}
	}
	return false
}

var scriptLine = regexp.MustCompile(`(?m)^(?:! )?(?:exec|status \d|start \S+|refuses|insist \S+) .*?norang (.*)$`)

// scripted are the commands that tests run, most of them by scripts in testdata, with every flag that they give.
func scripted(t *testing.T, k *kong.Kong) map[string][]string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("scripts: %v", err)
	}
	ran := map[string][]string{}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range scriptLine.FindAllStringSubmatch(string(b), -1) {
			for _, u := range follow(k, strings.Fields(m[1])) {
				ran[u.command] = append(ran[u.command], u.flags...)
				ran[u.command] = append(ran[u.command], "")
			}
		}
	}
	ran["dev"] = append(ran["dev"], "upstream", "public-paths") // by TestReverseProxyPagesAgree
	return ran
}

// checkShell checks a block of shell lines: each is well-formed, each command is one of the program's and takes these
// arguments, and each setting takes its value. It returns what no script in testdata runs.
func checkShell(t *testing.T, b block, k *kong.Kong, ran map[string][]string) (left []string) {
	t.Helper()
	s, err := readShell(b.code)
	if err != nil {
		t.Errorf("%s: %v\n%s", b.place, err, b.code)
		return nil
	}
	left = s.others
	for _, args := range s.commands {
		line := "norang " + strings.Join(args, " ")
		words := explainArgs(helpArgs(args))
		if _, err := commandTree(t, words...).Parse(words); err != nil && err != errHelpShown {
			t.Errorf("%s: %s: %v", b.place, line, err)
		}
		for _, u := range follow(k, args) {
			if u.problem != "" {
				t.Errorf("%s: %s: %s", b.place, line, u.problem)
			}
			for _, flag := range append(u.flags, "") {
				if !slices.Contains(ran[u.command], flag) {
					left = append(left, line)
					break
				}
			}
		}
	}
	checkValues(t, b, s.settings)
	if len(s.commands) == 0 && len(s.others) == 0 {
		checkService(t, b, s.settings)
	}
	return left
}

// eventsSecret is what the commands of docs/events.md make.
const eventsSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

// checkService checks that a service starts with the settings of a block that has nothing else.
func checkService(t *testing.T, b block, settings []string) {
	t.Helper()
	environ := append([]string{
		"NORANG_URL=https://login.example.com", "KAKAO_CLIENT_ID=a", "KAKAO_CLIENT_SECRET=b", "KAKAO_APP_ID=1",
		"KAKAO_ADMIN_KEY=c", "NORANG_DATABASE=" + filepath.Join(t.TempDir(), "norang.db"),
	}, strings.Split(strings.ReplaceAll(strings.Join(settings, "\n"), "whsec_…", eventsSecret), "\n")...)
	var errs strings.Builder
	if code := Run(bounded.Context(t), []string{"serve", "--check"}, environ, nil, io.Discard, &errs); code != 0 {
		t.Errorf("%s: norang serve does not start with these settings: %s\n%s", b.place, &errs, b.code)
	}
}

// checkValues checks that settings take the values that a document gives them.
func checkValues(t *testing.T, b block, settings []string) {
	t.Helper()
	for _, entry := range settings {
		name, value, _ := strings.Cut(entry, "=")
		if !config.Known(name) || strings.Contains(value, "…") {
			continue
		}
		if _, _, err := config.Load(config.Sources{Environ: []string{entry}}); err != nil {
			t.Errorf("%s: %s: %v", b.place, entry, err)
		}
	}
}

// TestDocumentedCommandsExist: a command that a document names in its text exists, with its flags.
func TestDocumentedCommandsExist(t *testing.T) {
	t.Parallel()
	k, checked := commandTree(t), 0
	var flags []string
	for node := range slices.Values(append(k.Model.Leaves(false), k.Model.Node)) {
		for _, group := range node.AllFlags(false) {
			for _, f := range group {
				flags = append(flags, "--"+f.Name)
			}
		}
	}
	flags = append(flags, foreignFlags...)
	for _, d := range readDocuments(t) {
		for _, s := range d.spans {
			words := strings.Fields(s.code)
			if len(words) > 3 && slices.Equal(words[:3], []string{"go", "run", "./cmd/norang"}) {
				words = append([]string{"norang"}, words[3:]...)
			}
			if len(words) > 1 && words[0] == "norang" {
				for _, u := range follow(k, words[1:]) {
					if checked++; u.problem != "" {
						t.Errorf("%s: `%s`: %s %s", s.place, s.code, u.command, u.problem)
					}
				}
			}
			missing := s.place == "README.md#What does not work yet" || s.place == "README.ko.md#아직 안 되는 것"
			if u := follow(k, []string{s.code})[0]; missing && (u.problem == "" || config.Known(s.code)) {
				t.Errorf("%s: `%s` exists", s.place, s.code)
			}
			if flag, _, _ := strings.Cut(s.code, " "); strings.HasPrefix(flag, "--") {
				flag, _, _ = strings.Cut(flag, "=")
				if checked++; !slices.Contains(flags, flag) {
					t.Errorf("%s: no command has the flag %s", s.place, flag)
				}
			}
		}
	}
	if checked < 50 {
		t.Errorf("only %d commands and flags found", checked)
	}
}

// foreignFlags are flags of other programs that documents name.
var foreignFlags = []string{"--no-privileges", "--name-file"}

// TestCommandsAreFollowed: a wrong command, flag or argument in a document is found.
func TestCommandsAreFollowed(t *testing.T) {
	t.Parallel()
	k := commandTree(t)
	for line, want := range map[string]string{
		"user list --status disabled": "", "user list|show": "", "explain -401": "", "db": "", "COMMAND --help": "",
		"user lists": "has no command lists", "user list --nope": "has no flag --nope",
		"user show|shows x": "has no command shows",
	} {
		got := ""
		for _, u := range follow(k, strings.Fields(line)) {
			got += u.problem
		}
		if got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
	s, err := readShell("A=b norang x 'y z' # c\n(cd d && e --f) &\nexport G=\"h i\"\n")
	if err != nil || len(s.commands) != 1 || !slices.Equal(s.commands[0], []string{"x", "y z"}) ||
		!slices.Equal(s.others, []string{"e --f"}) || !slices.Equal(s.settings, []string{"A=b", "G=h i"}) {
		t.Errorf("%+v, %v", s, err)
	}
	if ran := scripted(t, k); !slices.Contains(ran["user list"], "json") {
		t.Errorf("scripts: %v", slices.Sorted(maps.Keys(ran)))
	}
}
