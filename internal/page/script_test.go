package page

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/norang-login/norang/internal/testkit/browsertest"
)

// sees reports the value of an expression in the page.
func sees[T comparable](t *testing.T, tab context.Context, what, expression string, want T) {
	t.Helper()
	got, err := chromedp.Run(tab, chromedp.Evaluate[T](expression))
	if err != nil || got != want {
		t.Errorf("%s: %v (%v), want %v", what, got, err, want)
	}
}

// boxes says which boxes of the join form are ticked: "all", "some" or "none" of them, and what the box for all shows.
const boxes = `(() => {
	const all = document.getElementById("all");
	const rest = [...document.querySelectorAll(".terms [type=checkbox]")].filter(b => b !== all);
	const n = rest.filter(b => b.checked).length;
	return (n === 0 ? "none" : n === rest.length ? "all" : "some") +
		" " + (all.indeterminate ? "mixed" : all.checked ? "ticked" : "open");
})()`

func TestOneBoxAgreesToAllByKeyboard(t *testing.T) {
	t.Parallel()
	tab := browsertest.Tab(t, browsertest.Start(t))
	browsertest.Open(t, tab, serveSamples(t, newRenderer(t, sampleConfig()))+"/join.ko")
	sees(t, tab, "at first", boxes, "none open") // nothing is ticked in advance
	sees(t, tab, "optional items", `document.getElementById("all-note").textContent`,
		"선택 항목도 포함돼요: 개인정보 제3자 제공, 혜택 소식 받기")
	press := func(id, want string) {
		t.Helper()
		if err := chromedp.Do(tab, chromedp.Focus(chromedp.CSS("#"+id))); err != nil {
			t.Fatal(err)
		}
		if err := chromedp.Do(tab, chromedp.KeyEvent(" ")); err != nil {
			t.Fatal(err)
		}
		sees(t, tab, id, boxes, want)
	}
	press("all", "all ticked")
	press("term-news", "some mixed")
	press("term-news", "all ticked")
	press("all", "none open")
	press("age", "some mixed")
	press("all", "all ticked")
	sees(t, tab, "not sent", `new FormData(document.forms[0]).has("all")`, false)
	if err := chromedp.Do(tab, chromedp.Focus(chromedp.CSS("#all"))); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(tab, chromedp.KeyEvent(kb.Tab)); err != nil {
		t.Fatal(err)
	}
	sees(t, tab, "the next stop", `document.activeElement.id`, "age")
}

// checkAccessible relies on this: a name that the script declared in the document would end it the second time.
func TestTheScriptRunsAgainInAReplacedDocument(t *testing.T) {
	t.Parallel()
	tab := browsertest.Tab(t, browsertest.Start(t))
	r := newRenderer(t, sampleConfig())
	browsertest.Open(t, tab, serveSamples(t, r)+"/join.ko")
	for _, s := range samples("kakao") {
		if strings.HasPrefix(s.name, "join.") {
			browsertest.Replace(t, tab, render(t, r, s.view))
			sees(t, tab, s.name, `document.getElementById("all").checkVisibility()`, true)
		}
	}
}

func TestWithoutScriptNothingIsOfferedThatNeedsIt(t *testing.T) {
	t.Parallel()
	tab := browsertest.Tab(t, browsertest.Start(t))
	url := serveSamples(t, newRenderer(t, sampleConfig()))
	off := emulation.SetScriptExecutionDisabledParams{Value: true}
	_, err := chromedp.Call(tab, emulation.SetScriptExecutionDisabled, off)
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"join.ko", "account.ko", "problem.en"} {
		browsertest.Open(t, tab, url+"/"+page)
		sees(t, tab, page, `document.querySelectorAll("#all, [data-copied]").length`, 1)
		sees(t, tab, page, `document.querySelector("#all, [data-copied]").checkVisibility()`, false)
	}
	if err := chromedp.Do(tab, chromedp.Click(chromedp.CSS("summary"))); err != nil {
		t.Fatal(err)
	}
	sees(t, tab, "the details", `document.querySelector(".fold code").checkVisibility()`, true)
	sees(t, tab, "one tap selects", `getComputedStyle(document.querySelector(".fold code")).userSelect`, "all")
}

func TestSupportDetailsAreCopied(t *testing.T) {
	t.Parallel()
	tab := browsertest.Tab(t, browsertest.StartWhole(t)) // with a clipboard
	r := newRenderer(t, sampleConfig())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", r.ContentSecurityPolicy())
		if err := r.Render(w, Problem{Frame: Frame{RequestID: "abc-1"}, Code: "internal"}); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	browsertest.Open(t, tab, server.URL)
	// To write, the click is enough; the test must be allowed to read.
	_, err := chromedp.Call(tab, browser.SetPermission, browser.SetPermissionParams{
		Permission: &browser.PermissionDescriptor{Name: "clipboard-read"}, Setting: browser.PermissionSettingGranted,
		BrowserContextID: chromedp.FromContext(tab).BrowserContextID,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, selector := range []string{"summary", "[data-copied]"} {
		if err := chromedp.Do(tab, chromedp.Click(chromedp.CSS(selector))); err != nil {
			t.Fatal(err)
		}
	}
	said, err := chromedp.Run(tab, chromedp.Poll[string](`document.querySelector("[role=status]").textContent`))
	if err != nil || said != "복사했어요" {
		t.Errorf("said %q (%v)", said, err)
	}
	got, err := chromedp.Run(tab, chromedp.Evaluate[string](`navigator.clipboard.readText()`, chromedp.EvalAwaitPromise))
	if want := "오류 코드: internal\n요청 번호: abc-1"; err != nil || got != want {
		t.Errorf("copied %q (%v), want %q", got, err, want)
	}
}
