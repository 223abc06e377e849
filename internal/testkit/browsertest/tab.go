package browsertest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// patience is the lifetime of a tab, so that a hanging page fails its own test only.
const patience = 5 * time.Minute

// Tab opens a tab with its own cookies, which is closed at the end of the test or after five minutes.
//
// With [Main], it may be a tab in the profile of an earlier test, from which everything stored is deleted: the process
// of the pages is there already, and has compiled axe-core. A test that needs the events of network calls
// network.Enable.
func Tab(t testing.TB, browser context.Context) context.Context {
	t.Helper()
	profile, err := takeProfile(t, browser)
	if err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	ctx, cancel := chromedp.NewContext(profile)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	// To report each request takes a fifth of the time of a page, and the tests look at pages.
	if _, err := chromedp.Call(ctx, network.Disable, cdp.Empty{}); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	ctx, stop := context.WithTimeout(ctx, patience)
	t.Cleanup(stop)
	return ctx
}

// takeProfile returns an empty profile with an empty tab, until the end of the test.
func takeProfile(t testing.TB, browser context.Context) (context.Context, error) {
	shared.Lock()
	var profile context.Context
	kept := browser == shared.browser
	if n := len(shared.free); kept && n > 0 {
		profile, shared.free = shared.free[n-1], shared.free[:n-1]
	}
	shared.Unlock()
	if profile != nil {
		if err := empty(profile); err != nil {
			return nil, fmt.Errorf("empty a profile: %w", err)
		}
	} else {
		var cancel context.CancelFunc
		if profile, cancel = chromedp.NewContext(browser, chromedp.WithNewBrowserContext()); !kept {
			t.Cleanup(cancel)
		}
		if err := chromedp.Do(profile); err != nil {
			return nil, err
		}
	}
	if kept {
		t.Cleanup(func() {
			if t.Failed() {
				return // a profile in an unknown state must not be used again
			}
			shared.Lock()
			defer shared.Unlock()
			shared.free = append(shared.free, profile)
		})
	}
	return profile, nil
}

// empty deletes everything that pages have stored in a profile. It is called when the profile is taken, not when it is
// given back, because an answer to a page that has been closed may still set a cookie then.
func empty(profile context.Context) error {
	if _, err := chromedp.Call(profile, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
		return err
	}
	if _, err := chromedp.Call(profile, network.ClearBrowserCache, cdp.Empty{}); err != nil {
		return err
	}
	_, err := chromedp.Call(profile, storage.ClearDataForOrigin,
		storage.ClearDataForOriginParams{Origin: "*", StorageTypes: "all"})
	return err
}
