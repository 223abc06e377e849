// Package browsertest is test support: it finds a Chromium, starts it headless, makes it a phone or a desktop, light or
// dark, and runs axe-core in it. Only tests import it.
//
// What a machine lacks is left out with a word: [Start] and [Axe] skip the test, or fail it if NORANG_TEST_REQUIRE is
// "all". The browser reaches this machine and nothing else.
package browsertest
