//go:build servers

package main_test

import (
	"fmt"
	"os"
	"path/filepath"
)

// policies has both sides change the title of one item, under each of the answers that the configuration may have for that. Whatever it
// is, the other slots merge, one sync is enough, and the rest of the life finds both sides in step.
func policies(r *rig) {
	title, beside := r.slots()[0], r.slots()[1]
	const earlier, later = "20260502T100000Z", "20260503T100000Z"
	program := filepath.Join(r.home, "settle")
	script := fmt.Sprintf("#!/bin/sh\nsed 's/^%s.*/%[1]s:%s/' \"$1\" >\"$2\"\n", title.name, title.want(399))
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		r.t.Fatal(err)
	}
	cases := []struct {
		policy      string
		here, there string // when each side says that it wrote
		want        int    // the edit that both sides have in the end: 301 here, 302 there
		puts        int
	}{
		{`conflict = "local"`, "", "", 301, 1},
		{`conflict = "remote"`, "", "", 302, 0},
		{`conflict = "newer"`, later, earlier, 301, 1},
		{`conflict = "newer"`, earlier, later, 302, 0},
		{fmt.Sprintf("conflict = { command = [%q, \"{local}\", \"{output}\"] }", program), "", "", 399, 1},
		{`conflict = "both"`, "", "", 302, 1},
	}
	for i := range cases {
		r.write(fmt.Sprintf("policy-%d%s", i, r.ext), r.generated(r.plain(150+i)))
	}
	r.sync(0)
	for i, c := range cases {
		r.configure(c.policy, "")
		uid := r.uid(r.plain(150 + i))
		before := len(r.local())
		stamped := func(body []byte, at string) []byte {
			if at == "" {
				return body
			}
			return with(body, r.stamp, at)
		}
		r.write(r.file(uid), stamped(title.set(r.local()[uid].body, 301), c.here))
		it := r.thereIs(uid)
		r.phonePut(it.place, stamped(beside.set(title.set(it.body, 302), 303), c.there))
		said := r.sync(0)
		r.is(uid, title, c.want)
		r.is(uid, beside, 303)
		if n := r.count(storing); n != c.puts {
			r.t.Errorf("%s: %d PUTs, want %d: %s\n%s", c.policy, n, c.puts, said, r.requests())
		}
		after := r.local()
		if c.policy != `conflict = "both"` {
			if len(after) != before {
				r.t.Errorf("%s: %d items, before there were %d", c.policy, len(after), before)
			}
			continue
		}
		made := 0
		for uid, it := range after {
			if title.get(it.body) == title.want(301) && uid != r.uid(r.plain(150)) && uid != r.uid(r.plain(152)) {
				made++
				r.is(uid, title, 301)
			}
		}
		if len(after) != before+1 || made != 1 {
			r.t.Errorf("%d items, before there were %d, and %d are that of this side: %s", len(after), before, made, said)
		}
	}
	r.configure("", "")
}
