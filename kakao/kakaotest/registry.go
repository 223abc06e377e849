package kakaotest

import (
	"errors"
	"slices"
	"sync"

	"github.com/norang-login/norang/internal/emulator"
)

// appAPI is the part of [Server] about apps and accounts.
type appAPI struct {
	w        *world
	updating sync.Mutex // held by UpdateApp, so that no change is lost
}

// App returns the default app.
func (s *appAPI) App() App {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	return cloneApp(*s.w.apps.byID[s.w.apps.first()])
}

// AppByID returns an app.
func (s *appAPI) AppByID(appID int64) (App, error) {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	a, ok := s.w.apps.byID[appID]
	if !ok {
		return App{}, emulator.Errorf("%v: %v", "%v: %v", errNotFound, s.w.apps.check(appID))
	}
	return cloneApp(*a), nil
}

// Apps returns all apps in the order of their registration.
func (s *appAPI) Apps() []App {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	apps := make([]App, 0, len(s.w.apps.order))
	for _, id := range s.w.apps.order {
		apps = append(apps, cloneApp(*s.w.apps.byID[id]))
	}
	return apps
}

// AddApp registers an app, for example one for each parallel test, and returns it with its defaults. A zero AppID
// becomes the next free one.
func (s *appAPI) AddApp(a App) (App, error) {
	w := s.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.apps.order) >= maxApps {
		return App{}, emulator.Errorf("앱은 %d개까지입니다", "more than %d apps", maxApps)
	}
	for a.AppID == 0 {
		w.apps.last++
		if id := defaultAppID + 1000 + w.apps.last; w.apps.byID[id] == nil {
			a.AppID = id
		}
	}
	a = appDefaults(a)
	if w.apps.byID[a.AppID] != nil {
		return App{}, emulator.Errorf("앱 ID가 겹칩니다: %d", "duplicate app id %d", a.AppID)
	}
	if err := errors.Join(checkApp(a), w.accounts.checkApp(a), w.apps.checkKeys(a)); err != nil {
		return App{}, err
	}
	w.addApp(a)
	return cloneApp(a), nil
}

// UpdateApp changes the settings of an app; 0 is the default app. An invalid change has no effect. change must not
// call UpdateApp.
func (s *appAPI) UpdateApp(appID int64, change func(*App)) error {
	w := s.w
	s.updating.Lock()
	defer s.updating.Unlock()
	if appID == 0 {
		appID = s.App().AppID
	}
	old, err := s.AppByID(appID)
	if err != nil {
		return err
	}
	a := cloneApp(old)
	change(&a)        // without the world's lock, so that change may call other methods
	if a.AppID == 0 { // an App of the caller's in place of the old one
		a.AppID = appID
	}
	if err := sameApp(appID, a.AppID); err != nil {
		return err
	}
	a = appDefaults(a)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.apps.byID[appID] == nil { // reset in the meantime
		return w.apps.check(appID)
	}
	if err := errors.Join(checkApp(a), w.accounts.checkApp(a), w.apps.checkKeys(a)); err != nil {
		return err
	}
	for _, k := range appKeys(old) {
		delete(w.apps.byKey, k.Value)
	}
	for _, k := range appKeys(a) {
		w.apps.byKey[k.Value] = appID
	}
	w.apps.byID[appID] = &a
	return nil
}

// RemoveApp deletes an app with its links, codes, tokens, logins in progress and scripted faults. The default app
// stays.
func (s *appAPI) RemoveApp(appID int64) error {
	w := s.w
	w.mu.Lock()
	defer w.mu.Unlock()
	a, ok := w.apps.byID[appID]
	if !ok {
		return emulator.Errorf("%v: 없는 앱입니다: %d", "%v: unknown app %d", errNotFound, appID)
	}
	if appID == w.apps.first() {
		return emulator.Errorf("앱 %d: 기본 앱이라 지울 수 없습니다", "app %d is the default app and cannot be deleted",
			appID)
	}
	for _, k := range appKeys(*a) {
		delete(w.apps.byKey, k.Value)
	}
	delete(w.apps.byID, appID)
	delete(w.apps.idCalls, appID)
	w.apps.order = slices.DeleteFunc(w.apps.order, func(id int64) bool { return id == appID })
	for k, l := range w.links.byAccount {
		if k.app == appID {
			delete(w.links.byAccount, k)
			delete(w.links.byUser, userKey{appID, l.userID})
		}
	}
	w.logins.transactions.DeleteFunc(func(tx *transaction) bool { return tx.app == appID })
	w.logins.codes.DeleteFunc(func(cd *code) bool { return cd.app == appID })
	w.tokens.access.DeleteFunc(func(t *accessToken) bool { return t.app == appID })
	w.tokens.refresh.DeleteFunc(func(t *refreshToken) bool { return t.app == appID })
	w.faults.scripts = slices.DeleteFunc(w.faults.scripts, func(sc *script) bool { return sc.App == appID })
	return nil
}

// AddRedirectURI registers redirect URIs with the default app. It panics if one is not an absolute http or https URL.
func (s *appAPI) AddRedirectURI(uris ...string) {
	s.mustUpdate(func(a *App) { a.RedirectURIs = emulator.AppendNew(a.RedirectURIs, uris...) })
}

// AddLogoutRedirectURI registers logout redirect URIs with the default app. It panics as AddRedirectURI does.
func (s *appAPI) AddLogoutRedirectURI(uris ...string) {
	s.mustUpdate(func(a *App) { a.LogoutRedirectURIs = emulator.AppendNew(a.LogoutRedirectURIs, uris...) })
}

// sameApp refuses another id for an app, to which links and tokens belong.
func sameApp(id, given int64) error {
	if given == id {
		return nil
	}
	return emulator.Errorf("앱 %d: app_id는 바꿀 수 없습니다(%d). 앱을 지우고 새로 등록하십시오",
		"app %d: app_id cannot be changed, got %d: delete the app and register another", id, given)
}

func (s *appAPI) mustUpdate(change func(*App)) {
	if err := s.UpdateApp(0, change); err != nil {
		panic(err)
	}
}

// AddAccount registers an account, or replaces the one with its id. Links stay.
func (s *appAPI) AddAccount(a Account) error {
	if err := checkAccount(a); err != nil {
		return err
	}
	w := s.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, known := w.accounts.byID[a.ID]; !known && len(w.accounts.order) >= maxAccounts {
		return emulator.Errorf("계정은 %d개까지입니다", "more than %d accounts", maxAccounts)
	}
	for _, other := range w.accounts.byID {
		if other.ID != a.ID && other.UserID == a.UserID && a.UserID != 0 {
			return emulator.Errorf("계정 %s의 user_id가 %s의 것과 같습니다", "account %s has the user id of %s", a.ID, other.ID)
		}
	}
	w.addAccount(a)
	return nil
}

// Accounts returns all accounts in the order of their registration.
func (s *appAPI) Accounts() []Account {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	out := make([]Account, 0, len(s.w.accounts.order))
	for _, id := range s.w.accounts.order {
		out = append(out, *s.w.accounts.byID[id])
	}
	return out
}
