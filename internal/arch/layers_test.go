package arch

// modulePath is the path of this module; packages are named by their directory within it, the root is ".".
const modulePath = "github.com/norang-login/norang"

// layers lists every package. A package may import packages of lower layers, and those in earlier rows of its own
// layer.
var layers = [][][]string{
	0: {
		{"providertest", "internal/fileowner", "internal/recovered"},
		{
			"kakao/koe", "internal/errcode", "internal/audit", "internal/limit",
			"internal/figures", "internal/i18n", "internal/failpoint", "internal/earlyresponse", "internal/emulator",
			"internal/oauthclient",
			"internal/testkit/skipped", "internal/testkit/soak", "internal/testkit/freeport", "internal/testkit/untimed",
			"internal/testkit/bounded",
			"internal/tracecontext",
			"internal/plot",
			"internal/listening",
		},
		{
			"internal/oauthclient/idtoken", "internal/seal",
			"naver/errcode", "google/errcode", "apple/errcode", "line/errcode", "oidc/errcode",
		},
		{
			"line", "line/linetest", "oidc", "oidc/oidctest",
			"kakao", "kakao/kakaotest", "naver", "naver/navertest", "google", "google/googletest",
			"apple", "apple/appletest", "internal/account",
			"internal/apikey", "internal/returnurl", "internal/testkit/browsertest", "internal/testkit/disktest",
			"internal/testkit/npmtest",
			"internal/testkit/pgtest",
		},
		{"internal/session", "internal/doctor", "internal/privacy"},
		{"internal/testkit/sessiontest", "internal/metrics"},
	},
	1: {
		{"internal/provider", "internal/jobs", "internal/hook"},
		{
			"internal/provider/line",
			"internal/provider/kakao", "internal/provider/naver", "internal/provider/apple", "internal/provider/google",
			"internal/provider/oidc", "internal/page", "internal/problem", "internal/events", "internal/alert",
		},
		{"internal/failures"},
	},
	2: {
		{
			"internal/login", "internal/consent", "internal/linking", "internal/withdrawal", "internal/export",
			"internal/providertoken", "internal/accesstoken", "internal/handoff", "internal/trial", "internal/console",
		},
		{"internal/join", "internal/operator", "internal/importing"},
	},
	3: {
		{"internal/web", "internal/store"},
		{
			"internal/web/signin", "internal/web/profile", "internal/web/forward", "internal/web/webhook",
			"internal/api", "internal/serverapi", "internal/admin",
			"internal/store/storetest", "internal/testkit/databasetest",
		},
		{"internal/proxy", "internal/proxyconfig", "internal/proxytest"},
	},
	4: {{"internal/app"}},
	5: {{"."}},
	6: {{"internal/config", "norangtest"}, {"internal/cli"}},
	7: {{
		"cmd/norang", "internal/arch", "internal/e2e", "internal/e2e/clients",
		"internal/e2e/emulators", "internal/e2e/proxies",
	}},
}

// kernel is the package of the HTTP kernel, and useCases the layer of the packages that it may not import.
const (
	kernel   = "internal/web"
	useCases = 2
)

// examplesRoot holds example programs. They may import only public packages.
const examplesRoot = "examples"

// public are the packages that other modules may import.
var public = []string{
	"line", "line/errcode", "line/linetest",
	".", "kakao", "kakao/koe", "kakao/kakaotest", "naver", "naver/errcode", "naver/navertest", "google",
	"google/errcode", "google/googletest", "apple", "apple/errcode", "apple/appletest", "oidc", "oidc/errcode",
	"oidc/oidctest", "norangtest", "providertest",
}

// restricted are packages that only some others may import. Tests are exempt.
var restricted = []struct {
	pkg string
	by  []string
	why string
}{
	{"internal/config", []string{"internal/cli"}, "settings are read in one place and passed on as Config values"},
	{"internal/store", []string{"internal/app"}, "other packages declare the small interface that they need"},
	{
		"kakao/kakaotest", []string{"internal/cli", "norangtest"},
		"only the commands and tests start an emulator, never the service",
	},
	{"naver/navertest", []string{"internal/cli", "norangtest"}, "as for Kakao's"},
	{"google/googletest", []string{"internal/cli", "norangtest"}, "as for Kakao's"},
	{"oidc/oidctest", []string{"internal/cli", "norangtest"}, "as for Kakao's"},
	{"apple/appletest", []string{"internal/cli", "norangtest"}, "as for Kakao's"},
	{"line/linetest", []string{"internal/cli", "norangtest"}, "as for Kakao's"},
	{"internal/cli", []string{"cmd/norang"}, "only main runs the commands"},
	{"cmd/norang", nil, "a command is not a library"},
}

// independent are pairs of packages that never import each other, not even in their internal tests: both implement
// the same external format, and an error in one must fail a test of the other.
var independent = [][2]string{
	{"line", "line/linetest"}, {"oidc", "oidc/oidctest"},
	{"kakao", "kakao/kakaotest"}, {"naver", "naver/navertest"}, {"google", "google/googletest"},
	{"apple", "apple/appletest"},
}

// testPackages exist for tests. They may import package testing, and only tests and each other may import them.
var testPackages = []string{
	"internal/arch", "internal/e2e", "internal/e2e/clients", "internal/e2e/emulators", "internal/e2e/proxies",
	"internal/store/storetest",
	"internal/testkit/bounded", "internal/testkit/browsertest", "internal/testkit/databasetest",
	"internal/testkit/disktest", "internal/testkit/freeport", "internal/testkit/pgtest",
	"internal/testkit/npmtest", "internal/testkit/sessiontest", "internal/testkit/skipped", "internal/testkit/soak",
	"internal/testkit/untimed", "norangtest",
}

// testOnly are external packages that only tests may import, by import path, or by prefix if it ends in "/".
var testOnly = []string{
	"testing", "testing/", "net/http/httptest",
	"github.com/google/go-cmp/", "github.com/rogpeppe/go-internal/", "github.com/chromedp/",
	"github.com/coreos/go-oidc/", "golang.org/x/oauth2", "golang.org/x/oauth2/",
	"go.yaml.in/yaml/v3", "github.com/yuin/goldmark", "github.com/yuin/goldmark/", "mvdan.cc/sh/v3/",
}

// providerNames may not occur in packages that are neutral to the provider, in any case.
var providerNames = []string{"kakao", "카카오", "naver", "네이버", "google", "구글"}

// notNeutral are the packages that may name a provider, by directory, or by prefix if it ends in "/".
var notNeutral = []string{
	"line", "line/", "oidc", "oidc/",
	".", "norangtest", "kakao", "kakao/", "naver", "naver/", "google", "google/", "apple", "apple/",
	"internal/provider/",
	"internal/app", "internal/config", "internal/cli", "internal/arch",
	"internal/e2e", "internal/e2e/", "examples/", "cmd/norang",
}

// exceptions are the places that may exceed a limit, as the rule reports them, each with its reason.
var exceptions = map[string]string{
	"internal/session/agent.go":         "in-app browsers are recognized by their user agents, which name KakaoTalk",
	"internal/page/devicesamples.go":    "one sample is an in-app browser of package session",
	"providertest/server.go: Server":    "go doc shows all that an emulator can do in one place, and nobody implements it",
	"kakao/client.go: Client":           "one method for each call of Kakao's API, as in Kakao's documents",
	"kakao/kakaotest/server.go: Server": "as providertest.Server, of one part for each area of the emulator",
	"internal/store/store.go: DB": "implements the stores that other packages declare, of one part for each area; only " +
		"internal/app sees it",
}
