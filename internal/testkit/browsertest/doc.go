// Package browsertest starts a headless Chromium for tests, emulates phones and desktops in light and dark mode, and
// runs axe-core.
//
// [Start] and [Axe] skip the test if the program is missing, or fail it if NORANG_TEST_REQUIRE is "all". The browser
// reaches only this machine.
package browsertest
