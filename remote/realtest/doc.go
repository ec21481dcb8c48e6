// Package realtest runs real CalDAV and CardDAV servers for tests, as Debian packages them or in their newest release.
//
// A server runs on a free port of the loopback, keeps its data in a directory of its own, answers before Start returns, and
// is gone with its data and all its processes when the test ends. Proxy stands before a server, notes each request and lets
// a test step in between. All but this file is built with the tag servers. What each server does that is odd is written
// down in docs/servers.md.
package realtest
