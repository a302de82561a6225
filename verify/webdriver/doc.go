// Package webdriver drives a headless Chromium by the W3C WebDriver protocol, for tests: it needs the programs of Debian's packages
// chromium and chromium-driver and the build tag verify. It knows as much of the protocol as the tests need: an element is named
// by an XPath each time, and waited for.
package webdriver
