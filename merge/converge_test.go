package merge_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vgit/merge"
	"vgit/merge/mergetest"
	"vgit/remote/davtest"
	"vgit/repo/item"
)

// models are the servers that rewrite, by their names in the specification. photoHost is where photo-link has its pictures.
const photoHost = "dav.example"

var models = []struct {
	name  string
	model davtest.Model
}{
	{"keep", davtest.Keep()},
	{"sort", davtest.Sort()},
	{"strip-x", davtest.StripX()},
	{"strip-tz", davtest.StripTZ()},
	{"utc-to-zone", davtest.UTCToZone("Europe/Berlin")},
	{"zone-to-alias", davtest.ZoneToAlias("Europe/Berlin", "W. Europe Standard Time")},
	{"add-alarm", davtest.AddAlarm()},
	{"add-owner", davtest.AddOwner("mailto:owner@example.com")},
	{"drop a place", davtest.Drop("LOCATION", "TITLE")},
	{"drop an end", davtest.Drop("PRIORITY", "ORG")},
	{"defaults", davtest.Defaults()},
	{"vcard3", davtest.VCard3()},
	{"regroup", davtest.Regroup()},
	{"escape", davtest.Escape()},
	{"photo-link", davtest.PhotoLink("https://" + photoHost + "/photos")},
	{"shift", davtest.Shift(1)},
	{"stamp", davtest.Stamp()},
}

// device is one copy of an item and its pair, as a sync keeps them.
type device struct {
	file, l0, r0 *item.Item
	waits        bool
}

// server holds one item and rewrites what it is sent.
type server struct {
	model davtest.Model
	body  *item.Item
}

func (s *server) put(body []byte) { s.body = item.Parse(s.model(bytes.Clone(body))) }

// sync is one run. It tells whether it sent something and whether it wrote the file.
func (d *device) sync(s *server) (sent, wrote bool) {
	before := d.file
	r := merge.Reconcile(merge.Versions{L0: d.l0, L1: d.file, R0: d.r0, R1: s.body}, merge.Context{Host: photoHost})
	d.file = item.Parse(r.Local)
	d.waits = len(r.Conflicts) > 0
	if d.waits {
		return false, !bytes.Equal(before.Bytes(), d.file.Bytes())
	}
	if r.Send == merge.Put {
		s.put(r.Body)
		kept := merge.Stored(item.Parse(r.Body), s.body, d.file)
		if d.waits = kept.Shifted; d.waits {
			return true, !bytes.Equal(before.Bytes(), d.file.Bytes())
		}
		d.file = item.Parse(kept.Local)
	}
	d.l0, d.r0 = d.file, s.body
	return r.Send == merge.Put, !bytes.Equal(before.Bytes(), d.file.Bytes())
}

// M10: whatever a server makes of what it is sent, the third of three runs has nothing to do, and what it did not keep is still in the
// file. Each model, and pairs of them.
func TestConvergence(t *testing.T) {
	list := fixtures(t)
	checkLaws(t, func(t *rapid.T) {
		if broken := converge(t, list); broken != "" {
			t.Fatal(broken)
		}
	})
}

func converge(t *rapid.T, list []fixture) string {
	f := list[rapid.IntRange(0, len(list)-1).Draw(t, "fixture")]
	one := models[rapid.IntRange(0, len(models)-1).Draw(t, "model")]
	model, name := one.model, one.name
	if other := rapid.IntRange(0, 2*len(models)-1).Draw(t, "with"); other < len(models) && models[other].name != one.name {
		model, name = davtest.Chain(model, models[other].model), name+" and "+models[other].name
	}
	base, baseEdits := f.drawn(t, "base", f.item, 3)
	s := &server{model: model}
	s.put(base.Bytes())
	d := &device{file: item.Parse(base.Bytes())}
	d.l0, d.r0 = d.file, s.body
	local, ours := f.drawn(t, "ours", base, 3)
	remote, theirs := f.drawn(t, "theirs", mergetest.Read(s.body.Bytes()), 2)
	d.file = item.Parse(local.Clock("20260201T000000Z").Bytes())
	if len(theirs) > 0 {
		s.body = item.Parse(remote.Clock("20260202T000000Z").Bytes())
	}
	story := fmt.Sprintf("%s, %s  B: %s  O: %s  T: %s", f.name, name, strings.Join(baseEdits, " | "), strings.Join(ours, " | "), strings.Join(theirs, " | "))
	mine := d.file
	log := "\nbase:\n" + withoutZones(d.l0.Bytes()) + "\nours:\n" + withoutZones(mine.Bytes()) + "\ntheirs:\n" + withoutZones(s.body.Bytes())
	for run := 1; run <= 3; run++ {
		sent, wrote := d.sync(s)
		log += fmt.Sprintf("\nafter run %d (sent %v, wrote %v), the file:\n%sthe server:\n%s", run, sent, wrote, withoutZones(d.file.Bytes()), withoutZones(s.body.Bytes()))
		switch {
		case d.waits:
			return ""
		case run == 3 && sent:
			return "the third run sends: " + story + log
		case run == 3 && wrote:
			return "the third run writes the file: " + story + log
		}
	}
	if len(theirs) == 0 { // nobody else had a say
		for _, c := range merge.Diff(mine, d.file) {
			if c.Strength == merge.Strong && c.New == "" {
				return fmt.Sprintf("%s %q is not in the file any more: %s%s", c.Slot, c.Old, story, log)
			}
		}
	}
	return ""
}
