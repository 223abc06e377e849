package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// versionCmd shows the version.
type versionCmd struct {
	JSON bool `name:"json" help:"flag.json"`
}

// version is what the Go toolchain recorded at build time, so it is also correct after "go install".
type version struct {
	Version  string `json:"version"` // "(devel)" if it was not built from a module version
	Commit   string `json:"commit,omitempty"`
	Time     string `json:"time,omitempty"`
	Modified bool   `json:"modified,omitempty"` // files differed from the commit
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func buildVersion() version {
	v := version{Version: "(devel)", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if info.Main.Version != "" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = s.Value
		case "vcs.time":
			v.Time = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return v
}

// Run is kong's.
func (v *versionCmd) Run(c *terminal) error {
	b := buildVersion()
	if v.JSON {
		return c.json(b)
	}
	fmt.Fprintf(c.stdout, "norang %s\n", b.Version)
	if b.Commit != "" {
		mark := ""
		if b.Modified {
			mark = c.pick(" (고친 것 있음)", " (modified)")
		}
		fmt.Fprintf(c.stdout, "%s %s%s\n", b.Commit, b.Time, mark)
	}
	fmt.Fprintf(c.stdout, "%s %s\n", b.Go, b.Platform)
	return nil
}
