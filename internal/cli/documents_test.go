package cli

import (
	"bufio"
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"

	"github.com/norang-login/norang/internal/config"
	"github.com/norang-login/norang/internal/problem"
)

// These tests compare the documents with the program: what a README or a page of docs/ shows exists in the program,
// and is run by a test or marked as not run.

// runBy names the tests that run the code under a heading of a document; a document alone means all of it.
var runBy = map[string][]string{
	"README.md#In front of a Flask app":                {"TestFA29_ExamplesFollowTheSignedInUser"},
	"README.md#With the real Kakao":                    {"TestDocumentedServiceRuns"},
	"docs/api-tokens.md#Fetching a token":              {"TestDocumentedScriptsRun"},
	"docs/api-tokens.md#Go: go-oidc":                   {"TestTK01_OtherVerifiersAcceptAndRefuse"},
	"docs/api-tokens.md#Node.js: Express":              {"TestTK01_OtherVerifiersAcceptAndRefuse"},
	"docs/api-tokens.md#Node.js: jose":                 {"TestTK01_OtherVerifiersAcceptAndRefuse"},
	"docs/api-tokens.md#Python: PyJWT":                 {"TestTK01_OtherVerifiersAcceptAndRefuse"},
	"docs/emulator.md#The Kakao emulator":              {"TestDocumentedCommandsRun"},
	"docs/emulator.md#Other providers":                 {"TestDocumentedCommandsRun"},
	"docs/emulator.md#Faults":                          {"TestDocumentedCommandsRun"},
	"docs/emulator.md#Control API":                     {"TestDocumentedCommandsRun"},
	"docs/events.md#A receiver":                        {"TestDocumentedReceivers", "TestDocumentedReceiverInGo"},
	"docs/events.md#Deciding who joins":                {"TestJoinHookAllows"},
	"docs/events.md#When events do not arrive":         {"TestScripts_OP06_OP16_OP20_PV13"},
	"docs/events.md#Trying it":                         {"TestScripts_OP06_OP16_OP20_PV13"},
	"docs/events.md#Receiving calls":                   {"TestEventsOfAUser"},
	"docs/install.md#Building and verifying a release": {"TestRelease"},

	"docs/integrate.md#Setting it up": {"TestIntegrateDocumentsAgreeWithTheProgram"},
	"docs/integrate.md#Apps on other subdomains": {
		"TestAppsOnTwoSubdomainsShareASession", "TestIntegrateDocumentsAgreeWithTheProgram",
	},
	"docs/kakao-tokens.md#At rest":             {"TestDocumentedQueryRuns"},
	"docs/mobile.md#Kakao's SDK":               {"TestDocumentedPhoneSignsIn"},
	"docs/mobile.md#The system browser":        {"TestDocumentedPhoneSignsIn"},
	"docs/mobile.md#Web views":                 {"TestDocumentedPhoneSignsIn"},
	"docs/moving.md#The SQL for common tables": {"TestMovingPagesSQL"},
	"docs/postgresql.md#Backup and restore": {
		"TestPostgresRestoreAsDocumented", "TestPointInTimeRecoveryAsDocumented",
	},
	"docs/postgresql.md#Roles":                       {"TestPostgresRolesOfTheDocument"},
	"docs/members-view.md#PostgreSQL":                {"TestPostgresRolesOfTheDocument"},
	"docs/members-view.md#SQLite":                    {"TestMembersViewOnSQLite"},
	"docs/oidc.md#Writing the file with norang init": {"TestScripts_OP06_OP16_OP20_PV13"},
	"docs/operating.md#What remains of erased data":  {"TestPostgresRestoreAsDocumented"},
	"docs/own-pages.md#An example":                   {"TestOwnPagesExampleRenders"},
	"docs/reverse-proxy.md#Reverse proxy mode":       {"TestReverseProxyPagesAgree"},
	"docs/reverse-proxy.md#Service workers and routers": {
		"TestLC15_ServiceWorkerWithTheExclusionLeavesSignInsAlone",
	},
	"docs/settings.md#A file":                          {"TestExampleFileIsValid"},
	"docs/server-api.md#Calls":                         {"TestDocumentedCallsOfTheServerAPI"},
	"docs/single-page-apps.md#Single-page apps":        {"TestDocumentedScriptsRun"},
	"docs/single-page-apps.md#Preview origins from CI": {"TestXS08_RD12_PreviewOriginsAddedByKey"},
	"docs/single-page-apps.md#Without the module":      {"TestDocumentedScriptsRun"},
	"docs/single-page-apps.md#Service workers":         {"TestDocumentedScriptsRun"},
	"examples/react/README.md#A preview deployment":    {"TestReactExampleOnAPreviewHost"},
	"examples/flask/README.md":                         {"TestFA29_ExamplesFollowTheSignedInUser"},
}

// ran reports whether a test runs the code at a place.
func ranBy(place string) bool {
	name, _, _ := strings.Cut(place, "#")
	return runBy[place] != nil || runBy[name] != nil
}

// sources are the module's Go files and the examples, which tests run, each line without indentation and comment.
var sources = sync.OnceValues(func() (map[string]string, error) {
	all := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return fs.SkipDir
		}
		if d.IsDir() {
			return nil
		}
		example := strings.HasPrefix(path, root+"/examples/") && !strings.HasSuffix(path, ".md")
		if strings.HasSuffix(path, ".go") || example {
			b, err := os.ReadFile(path)
			all[path] = bare(string(b))
			return err
		}
		return nil
	})
	return all, err
})

var comment = regexp.MustCompile(`(^|\s+)(//|#|--) .*$`)

// bare is code without indentation, comments and empty lines.
func bare(code string) string {
	var b strings.Builder
	for line := range strings.Lines(code) {
		if strings.ContainsAny(line, "/#-") {
			line = comment.ReplaceAllString(strings.TrimSpace(line), "")
		}
		if words := strings.Fields(line); len(words) > 0 {
			b.WriteString(strings.Join(words, " ") + "\n")
		}
	}
	return b.String()
}

// inSource reports whether each part of code, as separated by empty lines, occurs in Go code of the module, which
// therefore compiles, or in an example.
func inSource(all map[string]string, code string) bool {
	for part := range strings.SplitSeq(strings.TrimSpace(code), "\n\n") {
		part = bare(part)
		found := false
		for _, source := range all {
			found = found || strings.Contains(source, "\n"+part) || strings.HasPrefix(source, part)
		}
		if !found {
			return false
		}
	}
	return true
}

// TestDocumentedCodeIsRunOrMarked: every block of code in a document is checked for its language, and is run by a test,
// or says "not run".
func TestDocumentedCodeIsRunOrMarked(t *testing.T) {
	t.Parallel()
	all, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	k, blocks := commandTree(t), 0
	ran := scripted(t, k)
	used := map[string]bool{}
	for _, d := range readDocuments(t) {
		for _, b := range d.blocks {
			blocks++
			name, _, _ := strings.Cut(b.place, "#")
			used[b.place], used[name] = true, true
			proved := ranBy(b.place)
			switch b.lang {
			case "sh":
				left := checkShell(t, b, k, ran)
				proved = proved || len(left) == 0
			case "json":
				if proved = json.Valid([]byte(b.code)); !proved {
					t.Errorf("%s: not JSON:\n%s", b.place, b.code)
				}
			case "toml":
				proved = checkTOML(t, b) || proved
			case "yaml":
				checkYAML(t, b, k)
			case "ini":
				for _, m := range execStart.FindAllStringSubmatch(b.code, -1) {
					checkShell(t, block{place: b.place, code: "norang" + m[1]}, k, nil)
				}
			case "http":
				checkHTTP(t, b)
			case "text":
				proved = true // no code; its addresses are checked below
			case "go":
				program := strings.HasPrefix(b.code, "package ")
				proved = proved && program // a snippet has to be in the source
			}
			if !proved && !b.marked && !inherited(t, b) && !inSource(all, b.code) {
				t.Errorf("%s: no test runs this code, and it is not marked *not run*:\n%s", b.place, b.code)
			}
		}
	}
	for place := range runBy {
		if !used[place] {
			t.Errorf("%s has no code; remove it from runBy", place)
		}
	}
	if blocks < 50 {
		t.Errorf("only %d blocks of code found", blocks)
	}
}

// inherited reports whether a block of a Korean document is one of the English document that a test runs.
func inherited(t *testing.T, b block) bool {
	t.Helper()
	name, _, _ := strings.Cut(b.place, "#")
	english, isKorean := strings.CutSuffix(name, ".ko.md")
	for _, d := range readDocuments(t) {
		for _, e := range d.blocks {
			if isKorean && d.name == english+".md" && ranBy(e.place) && bare(e.code) == bare(b.code) {
				return true
			}
		}
	}
	return false
}

var execStart = regexp.MustCompile(`(?m)^ExecStart=\S*/norang( .*)$`)

// checkYAML checks YAML with the commands in it: the shell lines of a workflow, the lists of a compose file.
func checkYAML(t *testing.T, b block, k *kong.Kong) {
	t.Helper()
	var check func(n *yaml.Node)
	check = func(n *yaml.Node) {
		var words []string
		for i, c := range n.Content {
			if n.Kind == yaml.SequenceNode && c.Kind == yaml.ScalarNode && (len(words) > 0 || c.Value == "norang") {
				words = append(words, "'"+c.Value+"'")
			}
			if n.Kind == yaml.MappingNode && i > 0 && n.Content[i-1].Value == "run" {
				checkShell(t, block{place: b.place, code: c.Value}, k, nil)
			}
			check(c)
		}
		if len(words) > 0 {
			checkShell(t, block{place: b.place, code: strings.Join(words, " ")}, k, nil)
		}
	}
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(b.code), &n); err != nil {
		t.Errorf("%s: %v\n%s", b.place, err, b.code)
	}
	check(&n)
}

// checkHTTP checks a request with a body in JSON.
func checkHTTP(t *testing.T, b block) {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(b.code)))
	if err != nil {
		t.Errorf("%s: %v\n%s", b.place, err, b.code)
		return
	}
	_, body, _ := strings.Cut(b.code, "\n\n")
	if !json.Valid([]byte(body)) || r.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s: the body is not JSON:\n%s", b.place, b.code)
	}
}

// checkTOML checks a settings file; one that a test reads may name files that are not here.
func checkTOML(t *testing.T, b block) bool {
	t.Helper()
	if _, err := toml.Decode(b.code, new(map[string]any)); err != nil {
		t.Errorf("%s: %v\n%s", b.place, err, b.code)
	}
	file := filepath.Join(t.TempDir(), "norang.toml")
	if err := os.WriteFile(file, []byte(b.code), 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err := config.Load(config.Sources{File: file})
	return err == nil
}

// TestNamedTestsExist: the tests that are said to run documents exist.
func TestNamedTestsExist(t *testing.T) {
	t.Parallel()
	all, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	for place, names := range runBy {
		for _, name := range names {
			found := false
			for path, source := range all {
				found = found || strings.HasSuffix(path, "_test.go") && strings.Contains(source, "func "+name+"(t *testing.T)")
			}
			if !found {
				t.Errorf("%s: there is no %s", place, name)
			}
		}
	}
}

// TestLinksResolve: what a document links to exists, the heading included.
func TestLinksResolve(t *testing.T) {
	t.Parallel()
	byName := map[string]*document{}
	for _, d := range readDocuments(t) {
		byName[d.name] = d
	}
	links := 0
	for _, d := range readDocuments(t) {
		for _, link := range d.links {
			if strings.Contains(link, "://") || strings.HasPrefix(link, "mailto:") {
				continue
			}
			links++
			file, anchor, _ := strings.Cut(link, "#")
			path := d.name
			if file != "" {
				path = filepath.ToSlash(filepath.Join(filepath.Dir(d.name), file))
			}
			if _, err := os.Stat(filepath.Join(root, path)); err != nil {
				t.Errorf("%s: the link %s leads nowhere", d.name, link)
			} else if to := byName[path]; anchor != "" && (to == nil || !to.anchors[anchor]) {
				t.Errorf("%s: the link %s: no such heading", d.name, link)
			}
		}
	}
	if links < 100 {
		t.Errorf("only %d links found", links)
	}
}

// beyondTable are names that are no settings of the service: those of tests, and of other programs.
var beyondTable = []string{
	"NORANG_CONFIG", "NORANG_TEST_REQUIRE", "NORANG_TEST_POSTGRES", "NORANG_AXE", "NORANG_CHROMIUM",
	"NORANG_LIGHTHOUSE", "NORANG_ROUNDS", "NORANG_TEST_PREVIOUS",
	"NORANG_ROWS", "AUTH_KAKAO_ID", "AUTH_KAKAO_SECRET", "KAKAO_EMULATOR",
}

var settingName = regexp.MustCompile(`\b(?:AUTH_KAKAO|NORANG|KAKAO)_[A-Z0-9_]*(…|\*)?`)

// TestDocumentedSettingsExist: a setting that a document names is one of the service, of the emulator
// (TestDocumentedEnvironmentRuns runs those of its page) or of the tests; "NORANG_LIMIT_…" is a prefix of several.
func TestDocumentedSettingsExist(t *testing.T) {
	t.Parallel()
	known := slices.Clone(beyondTable)
	for _, s := range config.Table() {
		known = append(known, s.Names()...)
	}
	for _, r := range readPage(t, "5001").rows(t, "Environment") {
		known = append(known, r.name)
	}
	names := 0
	for _, d := range readDocuments(t) {
		for _, m := range settingName.FindAllStringSubmatch(d.source, -1) {
			names++
			name := strings.TrimSuffix(m[0], m[1])
			group := m[1] != "" || strings.HasSuffix(name, "_")
			if !slices.ContainsFunc(known, func(k string) bool {
				return k == name || k == strings.TrimSuffix(name, "_FILE") || group && strings.HasPrefix(k, name)
			}) {
				t.Errorf("%s: there is no setting %s", d.name, m[0])
			}
		}
	}
	if names < 200 {
		t.Errorf("only %d names found", names)
	}
}

var (
	dottedName = regexp.MustCompile(`^([a-z]+)\.[a-z_]+$`)
	kindOf     = regexp.MustCompile(`(?:Kind|Event) = "([a-z_.]+)"`)
)

// TestDocumentedNamesExist: a problem code, an event, a kind of log entry or a key of the settings file that a document
// names exists. Names of other kinds have other first parts.
func TestDocumentedNamesExist(t *testing.T) {
	t.Parallel()
	all, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	known, families := map[string]bool{}, map[string]bool{}
	add := func(name string) {
		family, _, _ := strings.Cut(name, ".")
		known[name], families[family] = true, strings.Contains(name, ".") || families[family]
	}
	for _, code := range problem.Codes() {
		add(string(code))
	}
	for _, s := range config.Table() {
		add(s.Key)
	}
	for _, file := range []string{"internal/audit/audit.go", "internal/events/event.go", "internal/alert/state.go"} {
		for _, m := range kindOf.FindAllStringSubmatch(all[root+"/"+file], -1) {
			add(m[1])
		}
	}
	names := 0
	known["provider.invalid_grant"] = true // an example of problem.OfProvider
	for _, id := range everyCheck() {
		known[id] = true
	}
	for _, d := range readDocuments(t) {
		if strings.HasPrefix(d.name, "docs/decisions/") || strings.HasPrefix(d.name, "docs/emulator.") {
			continue // names of the past and of alternatives; host names
		}
		for _, s := range d.spans {
			if m := dottedName.FindStringSubmatch(s.code); m != nil && families[m[1]] && !isFile(s.code) {
				if names++; !known[s.code] {
					t.Errorf("%s: there is no %s", s.place, s.code)
				}
			}
		}
	}
	if names < 50 {
		t.Errorf("only %d names found", names)
	}
}

// isFile reports names such as user.go.
func isFile(name string) bool {
	return slices.Contains([]string{".go", ".html", ".js", ".json", ".md", ".py", ".toml", ".yml"}, filepath.Ext(name))
}
