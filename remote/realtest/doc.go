// Package realtest runs real CalDAV and CardDAV servers for tests, as Debian packages them or in their newest release.
//
// A server runs on a free port of the loopback, keeps its data in a directory of its own, answers before Start returns, and
// is gone with its data and all its processes when the test ends. Proxy stands before a server, notes each request and lets
// a test step in between. What each server does that is odd is written down in docs/servers.md.
//
// Client runs a program of the other side, such as khal or vdirsyncer, which make test-clients installs. Servers are built
// with the tag servers, clients with the tag clients.
package realtest
