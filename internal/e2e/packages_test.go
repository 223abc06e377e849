package e2e_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/internal/testkit/skipped"
)

// composeFile is what the test reads of compose.yaml.
type composeFile struct {
	Services map[string]struct {
		Command     []string
		Environment map[string]string
		Healthcheck struct {
			Test []string
		}
		Ports []string
	}
}

func readRepository(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestComposeFile runs the services of compose.yaml as processes, with their commands, variables and health checks:
// only host names, ports and paths are those of this machine. A user signs in.
func TestComposeFile(t *testing.T) {
	t.Parallel()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir, port, kakao, ops := t.TempDir(), freeport.Pick(t), freeport.Pick(t), freeport.Pick(t)
	local := strings.NewReplacer(
		"postgres://norang:norang@postgres/norang?sslmode=disable", emptyPostgres(t),
		"0.0.0.0:5000", "127.0.0.1:"+port, "0.0.0.0:5001", "127.0.0.1:"+kakao, "127.0.0.1:5001", "127.0.0.1:"+kakao,
		"localhost:5000", "localhost:"+port, "localhost:5001", "localhost:"+kakao, "/data/", dir+"/",
	)
	var f composeFile
	decoder := yaml.NewDecoder(strings.NewReader(local.Replace(readRepository(t, "compose.yaml"))))
	if err := decoder.Decode(&f); err != nil {
		t.Fatal(err)
	}
	command := func(service string, args ...string) *exec.Cmd {
		cmd := exec.Command(bin, args...)
		cmd.Dir = dir
		// The health check reads the operations address from the same variables as the service. The emulator signs in
		// without its pages.
		cmd.Env = []string{"PATH=" + filepath.Dir(bin), "NORANG_OPS_LISTEN=127.0.0.1:" + ops, "KAKAO_EMULATOR_AUTO=true"}
		for name, value := range f.Services[service].Environment {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		return cmd
	}
	for range 2 { // "docker compose up" runs it at every start
		if out, err := command("keys", f.Services["keys"].Command...).CombinedOutput(); err != nil {
			t.Fatalf("keys: %v\n%s", err, out)
		}
	}
	said := map[string]*transcript{
		"kakao":  startChild(t, command("kakao", f.Services["kakao"].Command...)),
		"norang": startChild(t, command("norang", dockerfile(t)["CMD"]...)),
	}
	for service, check := range map[string][]string{
		"kakao": f.Services["kakao"].Healthcheck.Test, "norang": dockerfile(t)["HEALTHCHECK"],
	} {
		if len(check) < 3 || check[0] != "CMD" || check[1] != "norang" {
			t.Fatalf("health check of %s: %q", service, check)
		}
		await(t, func() bool { return command(service, check[2:]...).Run() == nil },
			func() string { return fmt.Sprintf("%s is not healthy: %s", service, said[service]) })
	}
	ryan := newPerson(t)
	service := "http://localhost:" + port
	if err := ryan.login(service); err != nil {
		t.Fatalf("%v\nnorang: %s\nkakao: %s", err, said["norang"], said["kakao"])
	}
	if got := ryan.status(service); got != "active" {
		t.Errorf("signed in: %q", got)
	}
	if published := f.Services["norang"].Ports; !slices.Equal(published,
		[]string{"127.0.0.1:5000:5000", "127.0.0.1:" + kakao + ":5001"}) {
		t.Errorf("published ports: %q", published)
	}
}

// dockerfile returns the last instruction of each kind in the final stage, without its flags; JSON forms as lists.
func dockerfile(t *testing.T) map[string][]string {
	t.Helper()
	text := strings.ReplaceAll(readRepository(t, "Dockerfile"), "\\\n", " ")
	_, final, ok := strings.Cut(text, "\nFROM scratch\n")
	if !ok {
		t.Fatal("the last stage of the Dockerfile is not scratch")
	}
	out := map[string][]string{}
	for line := range strings.Lines(final) {
		kind, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		for strings.HasPrefix(rest, "--") {
			_, rest, _ = strings.Cut(rest, " ")
		}
		if kind == "HEALTHCHECK" {
			word, list, _ := strings.Cut(rest, " ")
			out[kind] = append([]string{word}, jsonList(list)...)
			continue
		}
		if list := jsonList(rest); list != nil {
			out[kind] = list
			continue
		}
		out[kind] = strings.Fields(rest)
	}
	return out
}

// jsonList reads the exec form of an instruction, which is YAML too.
func jsonList(text string) (list []string) {
	if !strings.HasPrefix(text, "[") || yaml.Unmarshal([]byte(text), &list) != nil {
		return nil
	}
	return list
}

// TestDockerfile: the image runs as a fixed user other than root, and its variables and volume fit together.
func TestDockerfile(t *testing.T) {
	t.Parallel()
	d := dockerfile(t)
	if got := d["USER"]; !slices.Equal(got, []string{"65532:65532"}) {
		t.Errorf("USER %q", got)
	}
	if got := d["ENTRYPOINT"]; !slices.Equal(got, []string{"norang"}) {
		t.Errorf("ENTRYPOINT %q", got)
	}
	if got := d["VOLUME"]; !slices.Equal(got, []string{"/data"}) ||
		!slices.Contains(d["ENV"], "NORANG_DATABASE=/data/norang.db") {
		t.Errorf("VOLUME %q, ENV %q", got, d["ENV"])
	}
	if !slices.Contains(d["ENV"], "PATH=/usr/local/bin") {
		t.Errorf("without a shell, the program is found by PATH only: %q", d["ENV"])
	}
}

// TestEveryBuildIsTheRelease: the image is built with the flags of a release, and CI tests the program with its tags
// and holds it to the same size.
func TestEveryBuildIsTheRelease(t *testing.T) {
	t.Parallel()
	flags := regexp.MustCompile(`(?m)^flags=\((.*)\)$`).FindStringSubmatch(readRepository(t, "packaging/release"))
	if flags == nil {
		t.Fatal("packaging/release has no flags")
	}
	image := strings.Join(strings.Fields(strings.ReplaceAll(readRepository(t, "Dockerfile"), "\\\n", " ")), " ")
	want := "go build " + flags[1] + " -o "
	if !strings.Contains(image, want) || !strings.Contains(image, "CGO_ENABLED=0 ") {
		t.Errorf("the Dockerfile does not run %q with CGO_ENABLED=0", want)
	}
	tags := regexp.MustCompile(`-tags (\S+)`).FindStringSubmatch(flags[1])
	if tags == nil || !strings.Contains(readRepository(t, ".ci/run"), "\ntags="+tags[1]+" ") {
		t.Errorf(".ci/run does not test with the tags of the release, %q", tags)
	}
	limit := regexp.MustCompile(`(?m)^max_size=(\d+) `)
	ci, release := limit.FindString(readRepository(t, ".ci/run")), limit.FindString(readRepository(t, "packaging/release"))
	if strings.TrimSpace(ci) == "" || ci != release {
		t.Errorf("the limit of size is %q in .ci/run and %q in packaging/release", ci, release)
	}
}

// kubernetesObject is what the test reads of an object.
type kubernetesObject struct {
	Kind string
	Spec struct {
		Template struct {
			Spec struct {
				Containers []struct {
					Args  []string
					Ports []struct {
						Name          string
						ContainerPort int `yaml:"containerPort"`
					}
					Env []struct{ Name, Value string }

					LivenessProbe  kubernetesProbe `yaml:"livenessProbe"`
					ReadinessProbe kubernetesProbe `yaml:"readinessProbe"`
				}
			}
		}
	}
}

type kubernetesProbe struct {
	HTTPGet struct{ Path, Port string } `yaml:"httpGet"`
}

// TestKubernetesFile checks the settings of the example with the program, and its probes against the service: a lost
// database makes a replica unready, and never restarts it.
func TestKubernetesFile(t *testing.T) {
	t.Parallel()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir, kinds := t.TempDir(), []string{}
	var deployment kubernetesObject
	for decoder := yaml.NewDecoder(strings.NewReader(readRepository(t, "packaging/kubernetes/norang.yaml"))); ; {
		var object kubernetesObject
		if err := decoder.Decode(&object); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if kinds = append(kinds, object.Kind); object.Kind == "Deployment" {
			deployment = object
		}
	}
	if want := []string{"Deployment", "Service", "PodDisruptionBudget", "NetworkPolicy"}; !slices.Equal(kinds, want) {
		t.Fatalf("objects %q, want %q", kinds, want)
	}
	c := deployment.Spec.Template.Spec.Containers[0]
	if live, ready := c.LivenessProbe.HTTPGet, c.ReadinessProbe.HTTPGet; live.Path != "/healthz" ||
		ready.Path != "/readyz" || live.Port != "ops" || ready.Port != "ops" {
		t.Errorf("probes: %+v, %+v", live, ready)
	}
	for name, text := range map[string]string{
		"database": emptyPostgres(t), "kakao-client-secret": "client-secret",
		"kakao-admin-key": "fedcba9876543210fedcba9876543210",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o440); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command(bin, "keyring", "init", filepath.Join(dir, "norang.keys")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd := exec.Command(bin, append(c.Args, "--check")...)
	// What Kubernetes adds for the service called norang.
	cmd.Env = []string{"NORANG_PORT=tcp://10.0.0.7:80", "NORANG_SERVICE_HOST=10.0.0.7", "NORANG_PORT_80_TCP_ADDR=10.0.0.7"}
	listens := map[string]string{}
	for _, e := range c.Env {
		cmd.Env = append(cmd.Env, e.Name+"="+strings.Replace(e.Value, "/secrets/", dir+"/", 1))
		listens[e.Name] = e.Value
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("serve --check: %v\n%s", err, out)
	}
	for i, setting := range []string{"NORANG_LISTEN", "NORANG_OPS_LISTEN"} {
		if want := fmt.Sprintf("0.0.0.0:%d", c.Ports[i].ContainerPort); listens[setting] != want {
			t.Errorf("%s=%s, but the container port is %s", setting, listens[setting], want)
		}
	}
}

// TestSystemdUnits: systemd accepts the units, they shut the service off from the machine, and the settings file of the
// example fits them.
func TestSystemdUnits(t *testing.T) {
	t.Parallel()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"kakao-client-secret", "kakao-admin-key"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o400); err != nil {
			t.Fatal(err)
		}
	}
	check := exec.Command(bin, "serve", "--check", "--config", "packaging/systemd/norang.toml")
	check.Dir = "../.."
	unit := readRepository(t, "packaging/systemd/norang.service")
	check.Env = []string{"CREDENTIALS_DIRECTORY=" + dir}
	for line := range strings.Lines(unit) {
		if setting, ok := strings.CutPrefix(strings.TrimSpace(line), "Environment="); ok {
			check.Env = append(check.Env, strings.ReplaceAll(setting, "%d", dir))
		}
	}
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("serve --check: %v\n%s", err, out)
	}
	if runtime.GOOS != "linux" {
		return
	}
	analyze := skipped.Command(t, "systemd-analyze")
	units := filepath.Join(dir, "units")
	if err := os.Mkdir(units, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"norang.service", "norang.socket"} {
		// The program of the unit has to exist for the check.
		text := strings.Replace(readRepository(t, "packaging/systemd/"+name), "/usr/local/bin/norang", bin, 1)
		if err := os.WriteFile(filepath.Join(units, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command(analyze, "verify", filepath.Join(units, "norang.service"),
		filepath.Join(units, "norang.socket")).CombinedOutput()
	if err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	out, err = exec.Command(analyze, "security", "--offline=yes", "--threshold=20",
		filepath.Join(units, "norang.service")).CombinedOutput()
	if err != nil {
		t.Errorf("systemd-analyze security: more exposed than 2.0: %v\n%s", err, out)
	}
}

// TestWorkflows: what runs on GitHub is what runs here, and the commands that the workflows name exist.
func TestWorkflows(t *testing.T) {
	t.Parallel()
	for name, wanted := range map[string]string{"ci.yml": ".ci/run", "release.yml": "packaging/release --verify dist"} {
		var workflow struct {
			Permissions map[string]string
			Jobs        map[string]struct {
				Steps []struct{ Run, Uses string }
			}
		}
		if err := yaml.Unmarshal([]byte(readRepository(t, ".github/workflows/"+name)), &workflow); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(workflow.Permissions) == 0 {
			t.Errorf("%s: the token has every permission", name)
		}
		var runs []string
		for _, job := range workflow.Jobs {
			for _, step := range job.Steps {
				runs = append(runs, step.Run)
			}
		}
		if !slices.Contains(runs, wanted) {
			t.Errorf("%s runs %q, but not %q", name, runs, wanted)
		}
		program, _, _ := strings.Cut(wanted, " ")
		if info, err := os.Stat(filepath.Join("../..", program)); err != nil || info.Mode()&0o111 == 0 {
			t.Errorf("%s: %s cannot be run: %v", name, program, err)
		}
	}
}

// TestRelease builds a release for this system and follows the document about verifying a download.
func TestRelease(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		skipped.Skip(t, "GNU tools, which the script for releases uses")
	}
	dir := filepath.Join(t.TempDir(), "release")
	system := runtime.GOOS + "/" + runtime.GOARCH
	if out, err := exec.Command("../../packaging/release", "--no-sbom", dir, system).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	name := "norang-" + strings.ReplaceAll(system, "/", "-")
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 3 {
		t.Fatalf("files of the release: %q, %v", files, err)
	}
	licenses, err := os.ReadFile(filepath.Join(dir, "LICENSES.txt"))
	for _, module := range []string{"== Go\n", "== github.com/jackc/pgx/v5 v", "== modernc.org/sqlite v"} {
		if err != nil || !bytes.Contains(licenses, []byte(module)) {
			t.Errorf("LICENSES.txt has no %q: %v", module, err)
		}
	}
	for _, document := range []string{"docs/install.md", "docs/install.ko.md"} {
		block := verifyBlock(t, document)
		verify := func() ([]byte, error) {
			cmd := exec.Command("sh", "-e", "-c", strings.ReplaceAll(block, "norang-linux-amd64", name))
			cmd.Dir, cmd.Env = dir, []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
			return cmd.CombinedOutput()
		}
		out, err := verify()
		if err != nil || !bytes.Contains(out, []byte(name+": OK")) || !bytes.Contains(out, []byte(runtime.Version())) {
			t.Fatalf("%s: %v\n%s", document, err, out)
		}
		changed := filepath.Join(dir, name)
		b, err := os.ReadFile(changed)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(changed, append(slices.Clone(b), 'x'), 0o755); err != nil {
			t.Fatal(err)
		}
		if out, err := verify(); err == nil {
			t.Errorf("%s: a changed program passes: %s", document, out)
		}
		if err := os.WriteFile(changed, b, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("../../packaging/release", dir, system).CombinedOutput(); err == nil ||
		!bytes.Contains(out, []byte("is not empty")) {
		t.Errorf("into a directory with files: %v\n%s", err, out)
	}
}

// verifyBlock is the shell block of a document that checks a download.
func verifyBlock(t *testing.T, document string) string {
	t.Helper()
	pattern := regexp.MustCompile("(?s)```sh\n([^`]*sha256sum --check[^`]*)```")
	block := pattern.FindStringSubmatch(readRepository(t, document))
	if block == nil {
		t.Fatalf("%s does not say how to verify a download", document)
	}
	return block[1]
}
