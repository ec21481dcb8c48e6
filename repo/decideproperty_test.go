package repo

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vgit/merge"
	"vgit/remote"
	"vgit/repo/store"
)

// blobOf is a text as a blob; "-" is none.
func blobOf(text string) store.Hash {
	if text == "-" {
		return store.Hash{}
	}
	return addVersion([]byte(text))
}

// said is a plan about one property in a few words: where it goes, the state if it is not to be done, what is written, and the pair.
func said(p *Plan) string {
	text := func(h store.Hash) string {
		if h.IsZero() {
			return "-"
		}
		it, err := readVersion(h)
		if err != nil {
			return "?"
		}
		return string(it.Bytes())
	}
	var all []string
	for _, s := range p.Steps {
		word := string(s.Side)
		switch {
		case s.Kind == Agree:
			word = "agree"
		case s.State != Do:
			word = string(s.State)
		default:
			word += " " + text(s.After)
		}
		if s.State == Do && s.Kind == Agree || s.Side == Here {
			word += fmt.Sprintf(" (%s,%s)", text(s.Local), text(s.There))
		}
		all = append(all, word)
	}
	return strings.Join(all, "; ")
}

func propertyPlan(name string, four [4]string, c Choice, limits Limits) *Plan {
	v := View{Collection: "work", Status: &Status{}, Limits: limits, Properties: []PropertyView{{Name: name,
		BaseLocal: blobOf(four[0]), BaseThere: blobOf(four[1]), Local: blobOf(four[2]), There: blobOf(four[3])}}}
	return Decide([]View{v}, Bodies{readVersion, addVersion}, c)
}

// TestDecidePropertyTable is what becomes of a property, by the agreed pair and both sides of today ("-" is absent).
func TestDecidePropertyTable(t *testing.T) {
	t.Parallel()
	local, remotely := Choice{Policy: merge.Local}, Choice{Policy: merge.Remote}
	pull := Choice{OneWay: OneWay{Direction: Pull}}
	tests := []struct {
		rule, name string
		four       [4]string // L0, R0, L1, R1
		choice     Choice
		limits     Limits
		want       string
	}{
		{"nothing", remote.Color, [4]string{"#ff0000", "#FF0000FF", "#ff0000", "#FF0000FF"}, Choice{}, Limits{}, ""},
		{"new there", remote.Color, [4]string{"-", "-", "-", "#FF0000FF"}, Choice{}, Limits{}, "here #FF0000 (#FF0000,#FF0000FF)"},
		{"new here", remote.Color, [4]string{"-", "-", "#ff0000\n", "-"}, Choice{}, Limits{}, "there #ff0000"},
		{"changed there", remote.Color, [4]string{"#ff0000", "#ff0000", "#ff0000", "#00ff00"}, Choice{}, Limits{}, "here #00ff00 (#00ff00,#00ff00)"},
		{"the end of the line stays", remote.DisplayName, [4]string{"A\r\n", "A", "A\r\n", "B"}, Choice{}, Limits{}, "here B\r\n (B\r\n,B)"},
		{"changed here", remote.DisplayName, [4]string{"A", "A", " B \n", "A"}, Choice{}, Limits{}, "there B"},
		{"the alpha of the server stays", remote.Color, [4]string{"#ff0000", "#ff000080", "#00ff00", "#ff000080"}, Choice{}, Limits{}, "there #00ff0080"},
		{"ours names an alpha", remote.Color, [4]string{"#ff0000", "#ff0000FF", "#00ff0011", "#ff0000FF"}, Choice{}, Limits{}, "there #00ff0011"},
		{"T22 spelt otherwise there", remote.Color, [4]string{"#ff0000", "#FF0000FF", "#ff0000", "#ff0000"}, Choice{}, Limits{}, "agree (#ff0000,#ff0000)"},
		{"T22 spelt otherwise here", remote.Color, [4]string{"#ff0000", "#FF0000FF", "#F00", "#FF0000FF"}, Choice{}, Limits{}, "agree (#F00,#FF0000FF)"},
		{"T22 no base, the same colour", remote.Color, [4]string{"-", "-", "#ff0000", "#FF0000FF"}, Choice{}, Limits{}, "agree (#ff0000,#FF0000FF)"},
		{"a number is a number", remote.Order, [4]string{"7", "7", "07\n", "+7"}, Choice{}, Limits{}, "agree (07\n,+7)"},
		{"the same on both sides", remote.DisplayName, [4]string{"A", "A", "B", "B"}, Choice{}, Limits{}, "agree (B,B)"},
		{"both differently", remote.DisplayName, [4]string{"A", "A", "B", "C"}, Choice{}, Limits{}, "waits"},
		{"V83 no base, both differently", remote.DisplayName, [4]string{"-", "-", "B", "C"}, Choice{}, Limits{}, "waits"},
		{"V84 ours", remote.DisplayName, [4]string{"A", "A", "B", "C"}, local, Limits{}, "there B"},
		{"V84 theirs", remote.DisplayName, [4]string{"A", "A", "B", "C"}, remotely, Limits{}, "here C (C,C)"},
		{"nobody knows which is newer", remote.DisplayName, [4]string{"A", "A", "B", "C"}, Choice{Policy: merge.Newer}, Limits{}, "waits"},
		{"T21 removed there", remote.Description, [4]string{"A", "A", "A", "-"}, Choice{}, Limits{}, "here - (-,-)"},
		{"T21 removed here by a blank line", remote.Description, [4]string{"A", "A", "\n", "A"}, Choice{}, Limits{}, "there -"},
		{"removed on both sides", remote.Description, [4]string{"A", "A", " ", "-"}, Choice{}, Limits{}, "agree ( ,-)"},
		{"removed here, changed there", remote.Description, [4]string{"A", "A", "\n", "B"}, Choice{}, Limits{}, "waits"},
		{"X10 the file is gone", remote.Color, [4]string{"#ff0000", "#ff0000", "-", "#ff0000"}, Choice{}, Limits{}, "refused"},
		{"X10 the file is empty", remote.Color, [4]string{"#ff0000", "#ff0000", "", "#ff0000"}, Choice{}, Limits{}, "refused"},
		{"T21 None in the file", remote.DisplayName, [4]string{"A", "A", "None", "A"}, Choice{}, Limits{}, "refused"},
		{"X10 the file is full of zeros", remote.DisplayName, [4]string{"A", "A", "\x00\x00", "A"}, Choice{}, Limits{}, "refused"},
		{"X10 gone here, changed there", remote.Color, [4]string{"#ff0000", "#ff0000", "-", "#00ff00"}, Choice{}, Limits{}, "here #00ff00 (#00ff00,#00ff00)"},
		{"X10 gone on both sides", remote.Color, [4]string{"#ff0000", "#ff0000", "-", "-"}, Choice{}, Limits{}, "agree (-,-)"},
		{"X12 a colour by name is not sent", remote.Color, [4]string{"#ff0000", "#ff0000", "dark red", "#ff0000"}, Choice{}, Limits{}, "refused"},
		{"X12 nor gone over", remote.Color, [4]string{"#ff0000", "#ff0000", "dark red", "#00ff00"}, Choice{}, Limits{}, "agree (#ff0000,#00ff00); refused"},
		{"X12 a colour by name is not taken", remote.Color, [4]string{"#ff0000", "#ff0000", "#ff0000", "red"}, Choice{}, Limits{}, "agree (#ff0000,red)"},
		{"X13 two lines are not sent", remote.DisplayName, [4]string{"A", "A", "A\nB", "A"}, Choice{}, Limits{}, "refused"},
		{"X13 nor what is no text", remote.DisplayName, [4]string{"A", "A", "caf\xe9", "A"}, Choice{}, Limits{}, "refused"},
		{"X13 two lines there are one here", remote.Description, [4]string{"-", "-", "-", "A\r\n\tB\x07"}, Choice{}, Limits{}, "here A B (A B,A\r\n\tB\x07)"},
		{"X13 and are no change", remote.Description, [4]string{"A B", "A\nB", "A B", "A B"}, Choice{}, Limits{}, "agree (A B,A B)"},
		{"X13 an order is a number", remote.Order, [4]string{"1", "1", "first", "1"}, Choice{}, Limits{}, "refused"},
		{"P84 read-only", remote.DisplayName, [4]string{"A", "A", "B", "A"}, Choice{}, Limits{ReadOnly: true}, "refused"},
		{"P84 read-only, changed there too", remote.DisplayName, [4]string{"A", "A", "B", "C"}, Choice{}, Limits{ReadOnly: true}, "agree (A,C); refused"},
		{"P84 read-only, changed there", remote.DisplayName, [4]string{"A", "A", "A", "C"}, Choice{}, Limits{ReadOnly: true}, "here C (C,C)"},
		{"V87 pull only", remote.DisplayName, [4]string{"A", "A", "B", "A"}, pull, Limits{}, "kept"},
		{"V87 pull only, both", remote.DisplayName, [4]string{"A", "A", "B", "C"}, pull, Limits{}, "agree (A,C); kept"},
		{"V3 put back", remote.DisplayName, [4]string{"A", "A", "B", "A"}, Choice{OneWay: OneWay{Direction: Pull, Edits: RevertEdits}}, Limits{}, "here A (A,A)"},
		{"push only", remote.DisplayName, [4]string{"A", "A", "A", "B"}, Choice{OneWay: OneWay{Direction: Push}}, Limits{}, "kept (B,B)"},
		{"only metadata", remote.DisplayName, [4]string{"A", "A", "B", "A"}, Choice{Only: OnlyMetadata}, Limits{}, "there B"},
		{"only pull", remote.DisplayName, [4]string{"A", "A", "B", "A"}, Choice{Only: "pull"}, Limits{}, ""},
		{"T21 refused before", remote.DisplayName, [4]string{"A", "A", "B", "A"}, Choice{Refusals: map[string]Refusal{"work/displayname": {Body: blobOf("B"), Why: "no"}}}, Limits{}, "refused"},
		{"T21 refused before, and changed since", remote.DisplayName, [4]string{"A", "A", "C", "A"}, Choice{Refusals: map[string]Refusal{"work/displayname": {Body: blobOf("B"), Why: "no"}}}, Limits{}, "there C"},
		{"T21 a removal refused before", remote.DisplayName, [4]string{"A", "A", "\n", "A"}, Choice{Refusals: map[string]Refusal{"work/displayname": {Why: "no"}}}, Limits{}, "refused"},
	}
	for _, tt := range tests {
		got := said(propertyPlan(tt.name, tt.four, tt.choice, tt.limits))
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %q (-want +got):\n%s", tt.rule, tt.four, diff)
		}
	}
}

// valueOf any kind that may stand in a file or come from a server.
var anyValue = rapid.OneOf(rapid.SampledFrom([]string{"-", "", "\n", "A", "B\n", "A B", "A\r\nB", "None", "#ff0000", "#FF0000FF", "#f00", "#00ff00", "red", "7", "07", "-3", "1.5", "\xff"}), rapid.StringN(0, 6, 12))

// TestDecidePropertyLaws: whatever both sides hold, the plan has at most one step that writes; the same on both sides writes nothing;
// nothing is removed there but for a blank line, and nothing is written over an edit of ours unless the configuration says so.
func TestDecidePropertyLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(remote.PropertyNames).Draw(t, "name")
		four := [4]string{anyValue.Draw(t, "l0"), anyValue.Draw(t, "r0"), anyValue.Draw(t, "l1"), anyValue.Draw(t, "r1")}
		for _, i := range []int{1, 3} { // a server's value is never blank
			if strings.TrimSpace(four[i]) == "" || strings.TrimSpace(four[i]) == "None" {
				four[i] = "-"
			}
		}
		p := propertyPlan(name, four, Choice{}, Limits{})
		writes := 0
		for _, s := range p.Steps {
			if s.State != Do || s.Kind == Agree {
				continue
			}
			writes++
			file := readPropertyFile(name, []byte(four[2]))
			if s.Side == There && s.After.IsZero() && file.state != valueRemoved {
				t.Errorf("%q: removed there for the file %q", four, four[2])
			}
			if s.Side == Here && four[2] != "-" && file.state == valueSet && four[0] != "-" && sense(name, four[0]) != sense(name, four[2]) {
				t.Errorf("%q: an edit is written over", four)
			}
			if s.Side == Here && !s.After.IsZero() {
				it, _ := readVersion(s.After)
				if f := readPropertyFile(name, it.Bytes()); f.state != valueSet || sense(name, f.text) != sense(name, four[3]) {
					t.Errorf("%q: the file %q does not say what the server has", four, it.Bytes())
				}
			}
		}
		if writes > 1 || len(p.Problems) > 0 {
			t.Errorf("%q: %d writes, problems %v", four, writes, p.Problems)
		}
		if four[2] == four[3] && four[2] != "-" && writes > 0 && readPropertyFile(name, []byte(four[2])).state == valueSet {
			t.Errorf("%q: equal, and written", four)
		}
	})
}

// FuzzPropertyFile: what a person, a program or a server put into a property is read without harm, and what is made of it can be read.
func FuzzPropertyFile(f *testing.F) {
	for _, s := range []string{"", "\n", "#ff0000", "#FF0000FF\r\n", "None", "a\nb", "\xff", "-0", "\u2028", "\x1b[31m"} {
		f.Add(0, s)
		f.Add(1, s)
		f.Add(3, s)
	}
	f.Fuzz(func(t *testing.T, n int, text string) {
		name := remote.PropertyNames[(n%4+4)%4]
		v := readPropertyFile(name, []byte(text))
		if v.state == valueSet {
			sent := propertyToSend(name, v.text, text)
			if sense(name, sent) != sense(name, v.text) || sense(name, v.text) == "" {
				t.Errorf("%q is sent as %q", text, sent)
			}
		}
		if body, ok := propertyFile(name, text, nil); ok && sense(name, text) != "" {
			if back := readPropertyFile(name, body); back.state != valueSet || sense(name, back.text) != sense(name, text) {
				t.Errorf("%q is written as %q, which is read as %+v", text, body, back)
			}
		}
	})
}
