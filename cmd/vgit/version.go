package main

import (
	"fmt"
	"runtime/debug"

	"github.com/urfave/cli/v2"
)

// release is set by the build.
var release string

func (s *session) versionCommand() *cli.Command {
	return command(cli.Command{Name: "version", Usage: "show the version", Action: s.version})
}

// jsonVersion is the answer of `vgit version --json`.
type jsonVersion struct {
	jsonHead
	Version string `json:"version"`
}

func (s *session) version(c *cli.Context) error {
	if err := takes(c, 0); err != nil {
		return err
	}
	if s.json {
		return s.printJSON(jsonVersion{head(exitSync), version()})
	}
	_, err := fmt.Fprintln(s.Stdout, "vgit", version())
	return err
}

// version is that of the build, or what the toolchain knows of it.
func version() string {
	if release != "" {
		return release
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}
