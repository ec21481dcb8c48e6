package merge_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vgit/merge"
	"vgit/merge/mergetest"
	"vgit/repo/item"
)

// law says what of it does not hold in a scene, or nothing.
type law struct {
	name string
	hold func(s *scene) string
}

// laws are those of the specification that one merge can be held against, the ones about losing something first. M4 and M10 have
// tests of their own, M13 and M14 hold everywhere.
var laws = []law{
	{"M13 results parse", parses},
	{"M5 no invention", inventsNothing},
	{"M6 no silent loss", losesNothing},
	{"M9 both sides agree", agrees},
	{"M11 untouched bytes", keepsBytes},
	{"M7 validity", staysValid},
	{"M8 repeating is free", repeats},
	{"M1 one side alone", oneSide},
	{"M2 the same on both sides", sameTwice},
	{"M3 symmetry", symmetric},
	{"M4 spelling does not matter", spellingCounts},
	{"M14 every conflict can be told", tellsConflicts},
}

// M1 to M9, M11, M13 and M14, on random edits of the fixtures.
func TestLaws(t *testing.T) {
	list := fixtures(t)
	checkLaws(t, func(t *rapid.T) { holdLaws(t, drawScene(t, list)) })
}

func holdLaws(t *rapid.T, s *scene) {
	for _, l := range laws {
		if broken := l.hold(s); broken != "" {
			t.Fatalf("%s: %s\n%s", l.name, broken, s)
		}
	}
}

// parses holds the end of M13: what comes out of sound bodies is sound, and comes out again.
func parses(s *scene) string {
	for _, it := range []*item.Item{s.v.L0, s.v.L1, s.v.R0, s.v.R1} {
		if it != nil && it.State() != item.Sound {
			return ""
		}
	}
	for what, body := range map[string][]byte{"file": s.result.Local, "body": s.result.Body} {
		if it := item.Parse(body); body != nil && it.State() != item.Sound {
			return fmt.Sprintf("the %s: %v: %s", what, it.State(), it.Problem())
		}
	}
	if len(s.result.Conflicts) > 0 && s.result.Send != merge.Nothing {
		return "something is sent while slots wait"
	}
	return ""
}

// keepsBytes holds M11.
func keepsBytes(s *scene) string {
	stray := strayLines("the file", s.v.L1, itemOf(s.result.Local), s.v.R0, s.v.R1, s.result.Notes)
	if s.result.Send == merge.Put {
		stray = append(stray, strayLines("the body", s.v.R1, itemOf(s.result.Body), s.v.L0, s.v.L1, s.result.Notes)...)
	}
	for _, line := range stray {
		sorted := strings.Contains(line, `"sort-string"`) && (strings.Contains(line, `"N:`) || strings.Contains(line, `"N;`)) // SORT-AS in vCard 4
		label := strings.Contains(line, `"LABEL`)                                                                             // a part of its address, or a slot of its own where no address wants it
		if !sorted && !label {
			return line
		}
	}
	return ""
}

// agrees holds M9 in the form that finds something: with one base and no conflict, file and body say the same afterwards, so that
// the next run has nothing to do on any device.
func agrees(s *scene) string {
	if !s.oneBase || len(s.result.Conflicts) > 0 || s.v.L0 == nil {
		return ""
	}
	if s.result.Send == merge.Delete || s.result.Local == nil {
		return ""
	}
	body := s.v.R1
	if s.result.Send == merge.Put {
		body = item.Parse(s.result.Body)
	}
	for _, c := range merge.Diff(item.Parse(s.result.Local), body) {
		if c.Strength == merge.Strong && !s.unwritable(c.Slot) {
			return fmt.Sprintf("%s is %q in the file and %q on the server", c.Slot, c.Old, c.New)
		}
	}
	return ""
}

// unwritable reports whether a slot is one that only one of two versions of cards can have.
func (s *scene) unwritable(slot string) bool {
	first, _, _ := strings.Cut(slot, " ")
	return s.versions() && slices.Contains([]string{"sort-string", "related", "gender", "kind", "anniversary", "tz", "key", "member"}, first)
}

// versions reports whether the two sides have cards of two versions.
func (s *scene) versions() bool {
	is4 := func(it *item.Item) bool { return bytes.Contains(bytes.ToUpper(it.Bytes()), []byte("VERSION:4.0")) }
	return is4(s.v.L1) != is4(s.v.R1)
}

// repeats holds M8: after a crash before the PUT the same is done again, and nothing more.
func repeats(s *scene) string {
	if len(s.result.Conflicts) > 0 {
		return "" // what the local side stands for is not only what the file shows: see Carry
	}
	v := s.v
	v.L1 = itemOf(s.result.Local)
	again := merge.Reconcile(v, s.context)
	for _, c := range again.Conflicts {
		if strings.HasPrefix(c.Slot, "pref ") && !s.oneBase {
			return "" // the preferred entry may be one that the other side never had: a person is asked once more
		}
		if c.Slot == "comment" || c.Slot == "contact" || c.Slot == "alarm" || strings.HasPrefix(c.Slot, "adr") {
			return "" // entries without a key: one more and one less look like an edit, and a person is asked rather too often
		}
	}
	switch {
	case !bytes.Equal(again.Local, s.result.Local):
		return fmt.Sprintf("the file is written again: %s", lineDiff(s.result.Local, again.Local))
	case again.Send != s.result.Send:
		return fmt.Sprintf("sent %v, then %v", s.result.Send, again.Send)
	case again.Send == merge.Put && strongly(s.result.Body, again.Body):
		return fmt.Sprintf("another body is sent: %s", lineDiff(s.result.Body, again.Body))
	case conflictsOf(again) != conflictsOf(s.result):
		return fmt.Sprintf("conflicts %s, then %s", conflictsOf(s.result), conflictsOf(again))
	}
	return ""
}

func strongly(a, b []byte) bool { return merge.Compare(item.Parse(a), item.Parse(b)) == merge.Strong }

func conflictsOf(r merge.Result) string {
	var slots []string
	for _, c := range r.Conflicts {
		slots = append(slots, c.Slot)
	}
	slices.Sort(slots)
	return fmt.Sprintf("%q", slots)
}

func lineDiff(a, b []byte) string {
	gone, come := changedLines(flatten(item.Parse(a)), flatten(item.Parse(b)))
	s := ""
	for _, l := range gone {
		s += fmt.Sprintf("-%q ", l.leaf.Raw)
	}
	for _, l := range come {
		s += fmt.Sprintf("+%q ", l.leaf.Raw)
	}
	return s
}

// oneSide holds M1 on both sides of a scene.
func oneSide(s *scene) string {
	if s.v.L0 == nil || s.v.L1 == nil || s.v.R1 == nil {
		return ""
	}
	r := merge.Reconcile(merge.Versions{L0: s.v.L0, L1: s.v.L1, R0: s.v.L0, R1: s.v.L0}, s.context)
	edited := merge.Compare(s.v.L0, s.v.L1) == merge.Strong
	switch {
	case !bytes.Equal(r.Local, s.v.L1.Bytes()):
		return "ours alone: the file is touched"
	case len(r.Conflicts) > 0:
		return "ours alone: " + conflictsOf(r)
	case (r.Send == merge.Put) != edited:
		return fmt.Sprintf("ours alone: edited %v, sent %v", edited, r.Send)
	case r.Send == merge.Put && !bytes.Equal(plainSequence(r.Body), plainSequence(s.v.L1.Bytes())):
		return "ours alone: another body: " + lineDiff(s.v.L1.Bytes(), r.Body)
	}
	r = merge.Reconcile(merge.Versions{L0: s.v.R0, L1: s.v.R0, R0: s.v.R0, R1: s.v.R1}, s.context)
	strongest, weak := merge.None, false
	for _, c := range merge.Diff(s.v.R0, s.v.R1) {
		strongest, weak = max(strongest, c.Strength), weak || c.Strength == merge.Weak
	}
	switch {
	case r.Send != merge.Nothing:
		return "theirs alone: something is sent"
	case len(r.Conflicts) > 0 && (len(r.Notes) == 0 || r.Notes[0].Kind != "photo-lost"):
		return "theirs alone: " + conflictsOf(r)
	case strongest < merge.Strong && !bytes.Equal(r.Local, s.v.R0.Bytes()) && !bytes.Contains(bytes.ToUpper(s.v.R1.Bytes()), []byte("ACKNOWLEDGED")):
		return "theirs alone: nothing but bookkeeping, and the file is written: " + lineDiff(s.v.R0.Bytes(), r.Local)
	case strongest == merge.Strong && !weak && len(r.Conflicts) == 0 && strongly(r.Local, s.v.R1.Bytes()):
		return "theirs alone: the file is not as theirs: " + lineDiff(s.v.R1.Bytes(), r.Local)
	}
	return ""
}

// plainSequence leaves out what is raised when something is sent.
func plainSequence(body []byte) []byte {
	var out []byte
	for line := range bytes.Lines(body) {
		if !bytes.HasPrefix(bytes.ToUpper(line), []byte("SEQUENCE")) {
			out = append(out, line...)
		}
	}
	return out
}

// sameTwice holds M2.
func sameTwice(s *scene) string {
	if s.v.L1 == nil || s.v.L1.State() != item.Sound {
		return ""
	}
	respelt := item.Parse(mergetest.Respell(s.v.L1.Bytes()))
	for what, other := range map[string]*item.Item{"copied": item.Parse(bytes.Clone(s.v.L1.Bytes())), "respelt": respelt} {
		r := merge.Reconcile(merge.Versions{L0: s.v.L0, L1: s.v.L1, R0: s.v.R0, R1: other}, s.context)
		// With two bases a side may have changed what the other never had, and the same bytes say nothing of that.
		if s.oneBase && (r.Send != merge.Nothing || len(r.Conflicts) > 0 || !bytes.Equal(r.Local, s.v.L1.Bytes())) {
			return fmt.Sprintf("ours and ours %s: sent %v, conflicts %s, %s", what, r.Send, conflictsOf(r), lineDiff(s.v.L1.Bytes(), r.Local))
		}
	}
	return ""
}

// symmetric holds M3, where nobody's role counts.
func symmetric(s *scene) string {
	if !s.oneBase || len(s.result.Conflicts) > 0 || len(s.context.Me) > 0 {
		return ""
	}
	other := merge.Reconcile(merge.Versions{L0: s.v.R0, L1: s.v.R1, R0: s.v.L0, R1: s.v.L1}, s.context)
	if len(other.Conflicts) > 0 {
		return "clean one way, the other way " + conflictsOf(other)
	}
	for _, c := range merge.Diff(item.Parse(s.result.Local), item.Parse(other.Local)) {
		if c.Strength == merge.Strong && !reply(c.Slot) && !s.unwritable(c.Slot) {
			return fmt.Sprintf("%s is %q one way and %q the other", c.Slot, c.Old, c.New)
		}
	}
	return ""
}

// reply reports whether a slot is an attendee's, where the side counts: the server has the replies.
func reply(slot string) bool { return bytes.Contains([]byte(slot), []byte("attendee ")) }

// spellingCounts holds M4 for each body in turn.
func spellingCounts(s *scene) string {
	respelt := func(it *item.Item) *item.Item {
		if it == nil || it.State() != item.Sound {
			return it
		}
		return item.Parse(newRespeller(uint64(len(it.Bytes()))).respell(it))
	}
	v := s.v
	switch len(s.story) % 3 {
	case 0:
		v.L1 = respelt(v.L1)
	case 1:
		v.R1 = respelt(v.R1)
	case 2:
		v.L0 = respelt(v.L0)
	}
	r := merge.Reconcile(v, s.context)
	switch {
	case conflictsOf(r) != conflictsOf(s.result):
		return fmt.Sprintf("conflicts %s, respelt %s", conflictsOf(s.result), conflictsOf(r))
	case r.Send != s.result.Send:
		return fmt.Sprintf("sent %v, respelt %v", s.result.Send, r.Send)
	case strongly(r.Local, s.result.Local):
		return "respelt, another file: " + lineDiff(s.result.Local, r.Local)
	case r.Send == merge.Put && strongly(r.Body, s.result.Body):
		return "respelt, another body: " + lineDiff(s.result.Body, r.Body)
	}
	return ""
}

// tellsConflicts holds the end of M14: a conflict names its slot and shows two different sides, or says why it is one.
func tellsConflicts(s *scene) string {
	for _, c := range s.result.Conflicts {
		if c.Slot == "" || c.Local == c.Remote && c.Reason == "" {
			return fmt.Sprintf("a conflict that says nothing: %q: base %q, local %q, remote %q", c.Slot, c.Base, c.Local, c.Remote)
		}
	}
	for _, n := range s.result.Notes {
		if n.Kind == "" || n.Text == "" {
			return fmt.Sprintf("a note that says nothing: %q", n)
		}
	}
	return ""
}
