package config

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestV77Settling: which way counts, and with which program.
func TestV77Settling(t *testing.T) {
	t.Parallel()
	tool := Program{Words: []string{"~/bin/pick", "-x"}, Timeout: 10 * time.Minute}
	own := tool
	own.Words = []string{"vimdiff", "{local}", "{remote}"}
	slow := Program{Words: []string{"meld", "{local}", "{base}", "{remote}", "--output", "{output}"}, Terminal: true, Timeout: 90 * time.Second}
	const picks = "conflict_command = ['~/bin/pick', '-x']\n"
	for name, tt := range map[string]struct {
		vdir, remote string
		want         Settling
	}{
		"default":             {"", "", Settling{ConflictAsk, Program{Words: []string{}, Timeout: 10 * time.Minute}}},
		"a word":              {"conflict = 'newer'\n", "", Settling{ConflictNewer, Program{Words: []string{}, Timeout: 10 * time.Minute}}},
		"the remote's counts": {"conflict = 'local'\n", "conflict = 'both'\n", Settling{ConflictBoth, Program{Words: []string{}, Timeout: 10 * time.Minute}}},
		"empty in the remote": {"conflict = 'local'\n", "conflict = ''\n", Settling{ConflictLocal, Program{Words: []string{}, Timeout: 10 * time.Minute}}},
		"two keys":            {"conflict = 'command'\n" + picks, "", Settling{ConflictCommand, tool}},
		"a table":             {"conflict = { command = ['~/bin/pick', '-x'] }\n", "", Settling{ConflictCommand, tool}},
		"for resolve alone":   {picks, "", Settling{ConflictAsk, tool}},
		"only in the remote":  {picks, "conflict = 'command'\n", Settling{ConflictCommand, tool}},
		"the remote's own":    {picks, "conflict = { command = ['vimdiff', '{local}', '{remote}'] }\n", Settling{ConflictCommand, own}},
		"all": {"conflict = 'command'\nconflict_terminal = true\nconflict_timeout = '90s'\n" +
			"conflict_command = ['meld', '{local}', '{base}', '{remote}', '--output', '{output}']\n", "", Settling{ConflictCommand, slow}},
	} {
		c := load(t, "[vdir.a]\nkind = 'calendar'\nremotes = ['b']\n"+tt.vdir+"[remote.b]\ntype = 'caldav'\nurl = 'https://c.example/'\n"+tt.remote)
		if diff := cmp.Diff(tt.want, c.Settling(&c.VDirs[0], "b")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
