// Command vgit keeps calendars and contacts in git repositories that sync with CalDAV and CardDAV servers.
//
// It is the command line only: flags, configuration, output and exit codes. What a command does is done by the packages
// below it; nothing here knows HTTP or git objects. stdout is the answer, stderr the talk. Each verb has a file of its
// own; begin reading at sync.go, then exit.go for what the exit codes mean and vdir.go for what a configuration becomes.
package main

import (
	"context"
	"os"
)

func main() {
	var e ear
	ctx, stop := e.signals(context.Background())
	code := run(ctx, e.here(), os.Args[1:])
	stop()
	os.Exit(code)
}
