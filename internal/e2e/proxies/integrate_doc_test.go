package proxies

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/cli"
	"github.com/norang-login/norang/internal/testkit/bounded"
	"github.com/norang-login/norang/internal/web/forward"
)

// docs/integrate states the headers that the code sets, and commands and addresses that exist.
func TestIntegrateDocumentsAgreeWithTheProgram(t *testing.T) {
	t.Parallel()
	command := regexp.MustCompile(`(?m)^norang (proxy .*)$`)
	address := regexp.MustCompile(`(?:href|action)="(/[^"?]*)`)
	w := newWorld(t)
	b := &browser{w, w.norang.Client()}
	b.c.CheckRedirect = w.browser().c.CheckRedirect
	var commands [2]string
	for i, name := range []string{"integrate.md", "integrate.ko.md"} {
		raw, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		text := string(raw)
		for _, header := range forward.ReservedHeaders {
			variable := "HTTP_" + strings.ToUpper(strings.ReplaceAll(header, "-", "_"))
			if !strings.Contains(text, "| `"+header+"` | `"+variable+"` |") {
				t.Errorf("docs/%s has no row for %s", name, header)
			}
		}
		for _, found := range command.FindAllStringSubmatch(text, -1) {
			commands[i] += found[0] + "\n"
			args := strings.Fields(found[1])
			if args[1] == "test" {
				args = append(args, "--help") // it needs the internet
			}
			var out, errors strings.Builder
			if status := cli.Run(bounded.Context(t), args, nil, strings.NewReader(""), &out, &errors); status != 0 {
				t.Errorf("docs/%s: %s: status %d: %s", name, found[0], status, &errors)
			}
		}
		for _, found := range address.FindAllStringSubmatch(text, -1) {
			r := b.request("GET", w.norang.URL+found[1], nil)
			r.Host = strings.TrimPrefix(w.url(""), "https://")
			if a := b.do(r); a.StatusCode == 404 { // a form's address answers GET with 405
				t.Errorf("docs/%s: %s: %s", name, found[1], a.Status)
			}
		}
	}
	if commands[0] != commands[1] || commands[0] == "" {
		t.Errorf("the commands differ:\n%s\n%s", commands[0], commands[1])
	}
}

// Most proxies send empty identity headers without a user, but Spring Security's filter takes only a missing header for
// no user.
func TestSpringSampleTakesAnEmptyHeaderForNoUser(t *testing.T) {
	t.Parallel()
	java := regexp.MustCompile("(?s)```java\n(.*?)```")
	for _, name := range []string{"integrate.md", "integrate.ko.md"} {
		raw, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		blocks := java.FindAllStringSubmatch(string(raw), -1)
		for _, block := range blocks {
			if strings.Contains(block[1], "RequestHeaderAuthenticationFilter") &&
				!strings.Contains(block[1], "return id == null || id.isBlank() ? null : id;") {
				t.Errorf("docs/%s: a user with an empty name for an empty header:\n%s", name, block[1])
			}
		}
		if len(blocks) == 0 {
			t.Errorf("docs/%s: no Java sample", name)
		}
	}
}
