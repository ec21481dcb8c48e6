package repo

import (
	"testing"

	"vgit/merge"
)

func TestReadOrigin(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		text string
		want Origin
		ok   bool
	}{
		{"vgit remote 1\nremote\tada\nsnapshot\tpush\ntype\tcaldav\n", Origin{"ada", "push"}, true},
		{"vgit remote 7\nremote\tada\nnew\tx\nsnapshot\tfetch\n", Origin{"ada", "fetch"}, true},
		{"vgit remote 1\nremote\tada\nbad\t\\q\nsnapshot\tmove", Origin{"ada", "move"}, true},
		{"vgit remote 1\nsnapshot\tpush\n", Origin{Made: "push"}, false},
		{"vgit remote x\nremote\tada\n", Origin{}, false},
		{"vgit collection 1\nremote\tada\n", Origin{}, false},
		{"", Origin{}, false},
	} {
		if got, ok := ReadOrigin([]byte(row.text)); got != row.want || ok != row.ok {
			t.Errorf("ReadOrigin(%q) = %+v, %v, want %+v, %v", row.text, got, ok, row.want, row.ok)
		}
	}
}

func TestRenamedDifferenceSaysWhatItWas(t *testing.T) {
	t.Parallel()
	d := Difference{Sign: '~', Collection: "work", Name: "b.ics", Words: merge.Words{Sign: '~', Type: "event", Title: "Lunch"}, Was: "home/\x1b.ics"}
	if got, want := d.String(), `~ event Lunch  work/b.ics, was home/\u{1b}.ics`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSplitIsTheInverseOfPath(t *testing.T) {
	t.Parallel()
	for _, l := range []Layout{{Ext: ".ics"}, {Single: true, Name: "work", Ext: ".ics"}} {
		coll, name, ok := l.Split(l.Path("work", "a.ics"))
		if coll != "work" || name != "a.ics" || !ok {
			t.Errorf("%+v: %q %q %v", l, coll, name, ok)
		}
		if _, _, ok := l.Split(""); ok {
			t.Errorf("%+v: nothing is a path", l)
		}
	}
}
