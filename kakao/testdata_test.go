package kakao

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// sample is a row of testdata/README.md, usually a response of Kakao.
type sample struct {
	file, call string
	status     int // 0 if the file is not an HTTP response
	body       string
}

// samples returns the table of testdata/README.md with the contents of the files. It must not be modified.
func samples(t testing.TB) map[string]sample {
	t.Helper()
	rows, err := readSamples()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

var readSamples = sync.OnceValues(func() (map[string]sample, error) {
	readme, err := os.ReadFile("testdata/README.md")
	if err != nil {
		return nil, err
	}
	rows := make(map[string]sample)
	for line := range strings.Lines(string(readme)) {
		cells := strings.Split(line, " | ")
		file, ok := strings.CutPrefix(cells[0], "| `")
		if !ok || len(cells) < 4 {
			continue
		}
		file = strings.TrimSuffix(file, "`")
		body, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			return nil, err
		}
		status, _ := strconv.Atoi(cells[2])
		rows[file] = sample{file, cells[1], status, string(body)}
	}
	return rows, nil
})

func load(t testing.TB, file string) sample {
	t.Helper()
	s, ok := samples(t)[file]
	if !ok {
		t.Fatalf("testdata/README.md does not list %s", file)
	}
	return s
}

func TestTestdataIsListed(t *testing.T) {
	t.Parallel()
	rows := samples(t)
	files, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if _, ok := rows[f.Name()]; !ok && f.Name() != "README.md" && !f.IsDir() {
			t.Errorf("%s is not in testdata/README.md", f.Name())
		}
	}
}

func TestTestdataIsStrictJSON(t *testing.T) {
	t.Parallel()
	for file, s := range samples(t) {
		if !strings.HasSuffix(file, ".json") {
			continue
		}
		p := parser{b: []byte(s.body)}
		p.skip()
		if err := p.done(); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}
