package arch

// modulePath is the module's own; everything that begins with it is a room of ours.
const modulePath = "github.com/norang-login/norang"

// floors is the plan, from the ground up. Rooms are named by their folder; the root is ".". A room that is agreed but not
// yet built stands here too, so that its place is settled before its first line.
var floors = [][]string{
	0: {
		"kakao", "kakao/koe", "kakao/kakaotest",
		"internal/account", "internal/session", "internal/audit", "internal/seal", "internal/limit", "internal/metrics",
		"internal/i18n", "internal/failpoint", "internal/testkit/browsertest", "internal/testkit/freeport", "internal/testkit/skipped", "internal/testkit/pgtest",
		"internal/testkit/disktest", "internal/testkit/sessiontest",
	},
	1: {"internal/provider", "internal/provider/kakao", "internal/jobs", "internal/page", "internal/problem", "internal/hook"},
	2: {
		"internal/login", "internal/consent", "internal/join", "internal/linking", "internal/withdrawal", "internal/export",
		"internal/providertoken", "internal/operator", "internal/events",
	},
	3: {
		"internal/web", "internal/web/signin", "internal/web/profile", "internal/web/forward", "internal/web/webhook", "internal/api", "internal/proxy", "internal/admin",
		"internal/store", "internal/store/storetest",
	},
	4: {"internal/app"},
	5: {"."},
	6: {"internal/cli", "internal/config"},
	7: {"cmd/norang", "internal/arch", "internal/e2e", "internal/e2e/proxies"},
}

// arrow is an import from one room to another.
type arrow struct{ from, to string }

// sideways are the imports that stay on one floor, each with its reason.
var sideways = map[arrow]string{
	{"internal/provider/kakao", "internal/provider"}:     "it implements the provider contract",
	{"internal/web/signin", "internal/web"}:              "a feature on the HTTP kernel",
	{"internal/web/profile", "internal/web"}:             "a feature on the HTTP kernel",
	{"internal/web/forward", "internal/web"}:             "a feature on the HTTP kernel",
	{"internal/web/webhook", "internal/web"}:             "a feature on the HTTP kernel",
	{"internal/problem", "internal/provider"}:            "a failure at a provider becomes a problem in one place",
	{"internal/join", "internal/consent"}:                "joining asks for the terms that package consent owns",
	{"internal/testkit/sessiontest", "internal/session"}: "a session store without sessions",
	{"kakao", "kakao/koe"}:                               "the client names Kakao's error codes",
	{"kakao/kakaotest", "kakao/koe"}:                     "the emulator answers with Kakao's error codes",
	{"internal/session", "internal/account"}: "a session is somebody's: it carries the user's id, and a principal is " +
		"session, user and identity together",
	{"internal/cli", "internal/config"}:                          "commands read their settings; the table points to fields of norang.Config",
	{"internal/account", "internal/audit"}:                       "a line of the consent ledger says from where it was agreed to",
	{"internal/store/storetest", "internal/store"}:               "the contract speaks the store's words: its errors and its suspension",
	{"internal/testkit/browsertest", "internal/testkit/skipped"}: "a test without its browser is left out in the same words as all others",
	{"internal/testkit/disktest", "internal/testkit/skipped"}:    "a test without its disk is left out in the same words as all others",
	{"internal/operator", "internal/export"}:                     "an operator performs the use case on behalf of a user",
	{"internal/operator", "internal/linking"}:                    "an operator performs the use case on behalf of a user",
	{"internal/operator", "internal/withdrawal"}:                 "an operator performs the use case on behalf of a user",
	{"internal/session", "internal/audit"}:                       "what a session does is recorded in the same transaction as the change",
}

// examplesRoot is where programs for readers live. They see what any other module sees: the public rooms.
const examplesRoot = "examples"

// public are the rooms that other modules may import.
var public = []string{".", "kakao", "kakao/koe", "kakao/kakaotest"}

// narrow are the rooms that only some may import in the program (tests are free): one way in, and why.
var narrow = []struct {
	room string
	by   []string
	why  string
}{
	{"internal/config", []string{"internal/cli"},
		"settings are read in one place and handed on as each room's Config; nothing else knows the environment"},
	{"internal/store", []string{"internal/app"},
		"rooms declare the small interface they need; only the composition knows that SQL satisfies it"},
	{"kakao/kakaotest", []string{"internal/cli"},
		"a service that faces the public has no emulator in it; only the commands start one"},
	{"internal/cli", []string{"cmd/norang"}, "main is the only caller of the commands"},
	{"cmd/norang", nil, "a command is not a library"},
}

// strangers are rooms that never import each other, their own tests included: a wrong field name must fail a test, not be
// wrong on both sides. External test packages (package x_test) are where the two meet.
var strangers = []arrow{{"kakao", "kakao/kakaotest"}}

// testRooms exist for tests: they may import testing, and nothing but tests and each other may import them.
var testRooms = []string{"internal/arch", "internal/testkit/browsertest", "internal/testkit/freeport", "internal/testkit/skipped", "internal/testkit/pgtest", "internal/e2e", "internal/e2e/proxies",
	"internal/testkit/disktest", "internal/testkit/sessiontest",
	"internal/store/storetest"}

// testOnly are packages of others that belong to tests, by import path or what it begins with (ending in "/").
var testOnly = []string{
	"testing", "testing/", "net/http/httptest",
	"github.com/google/go-cmp/", "github.com/rogpeppe/go-internal/", "github.com/chromedp/",
	"github.com/coreos/go-oidc/", "golang.org/x/oauth2", "golang.org/x/oauth2/",
}

// long are the files that may be longer than maxLines, each with its reason.
var long = map[string]string{}

// longFuncs are the functions that may be longer than maxFuncLines, as "file: name", each with its reason.
var longFuncs = map[string]string{}

// wide are the interfaces that may have more than maxMethods methods, as "file: name", each with its reason.
var wide = map[string]string{
	"internal/store/store.go: backend": "not a demand on others but the seam between two databases, both in the same room",
}
