package merge

import (
	"slices"
	"strings"
)

// nameForm is a way to compose a full name of the parts of N: prefix, given, additional and family name, suffix.
type nameForm string

// usualForms are the ones that are recognised, the fullest first. Where parts are empty, several give the same.
var usualForms = []nameForm{
	"P G A F S", "P G A F, S", "P G A F", "P G F S", "P G F, S", "P G F", "G A F S", "G A F, S", "G A F", "G F S", "G F, S", "G F",
	"F G", "F, G", "F G A", "F, G A", "F, P G A", "F, P G",
}

// formPart are the letters of a form by the names of the fields.
var formPart = map[byte]string{'P': "prefix", 'G': "given", 'A': "additional", 'F': "family", 'S': "suffix"}

// elements are how the lists of a part of N stand in a full name.
var elements = strings.NewReplacer(",", " ", "\x1c", ",")

// compose puts a full name together; part gives the parts of N.
func (form nameForm) compose(part func(name string) string) string {
	return form.join(func(name string) string { return plainPart(part(name)) })
}

func plainPart(s string) string {
	if strings.ContainsAny(s, ",\x1c \t\r\n") {
		s = strings.Join(strings.Fields(elements.Replace(s)), " ")
	}
	return s
}

// join puts a full name together of parts that are plain.
func (form nameForm) join(part func(name string) string) string {
	var b strings.Builder
	comma := false
	for i := range len(form) {
		name := formPart[form[i]]
		if name == "" {
			comma = comma || form[i] == ','
			continue
		}
		text := part(name)
		if text == "" {
			continue
		}
		switch {
		case b.Len() == 0:
		case comma:
			b.WriteString(", ")
		default:
			b.WriteByte(' ')
		}
		comma = false
		b.WriteString(text)
	}
	return b.String()
}

// nameForms are the forms by which the FN of a card is its N composed; none if it says something of its own.
func nameForms(e *entry) []nameForm {
	fn := e.field("fn")
	if fn == nil {
		return nil
	}
	return formsOf(fn.exact, e.part)
}

func formsOf(fn string, part func(string) string) []nameForm {
	fn = strings.Join(strings.Fields(fn), " ")
	plain := make(map[string]string, len(formPart))
	for _, name := range formPart {
		plain[name] = plainPart(part(name))
	}
	var forms []nameForm
	for _, form := range usualForms {
		if text := form.join(func(name string) string { return plain[name] }); text != "" && text == fn {
			forms = append(forms, form)
		}
	}
	return forms
}

// part is a part of a name, "" if there is none.
func (e *entry) part(name string) string { return e.field(name).value() }

// isOfFN reports whether a field of the group "name" belongs to FN, and not to N.
func isOfFN(name string) bool { return name == "fn" || strings.HasPrefix(name, "fn;") }

// mergeName merges N part by part. An FN that is N composed in all four bodies is composed anew; any other is a scalar.
func mergeName(t *meeting, v *verdict) bool {
	if v.l1 == nil || v.r1 == nil || v.ours < Strong && v.theirs < Strong {
		return false
	}
	v.byField()
	var ofN, ofFN []fieldVerdict
	fits := true
	for _, f := range v.fields {
		if isOfFN(f.name) {
			ofFN = append(ofFN, f)
			fits = fits && (f.name == "fn" || f.outcome != waits)
			continue
		}
		ofN = append(ofN, f)
		fits = fits && f.outcome != waits
	}
	if file, body, ok := v.composeAnew(ofN); ok && fits {
		v.conflict = nil
		ofFN = slices.DeleteFunc(ofFN, func(f fieldVerdict) bool { return f.name == "fn" }) // its parameters stay
		ofFN = append(ofFN, fieldVerdict{name: "fn", outcome: merged, text: file, body: body})
	}
	v.fields = append(ofN, ofFN...)
	return true
}

// composeAnew gives the FNs that fit the merged N of the file and of the body, if each body that has an FN has its N composed, all in
// one and the same order.
func (v *verdict) composeAnew(fields []fieldVerdict) (file, body string, ok bool) {
	forms := usualForms
	for _, e := range []*entry{v.l0, v.l1, v.r0, v.r1} {
		if e != nil && e.field("fn") != nil {
			forms = commonForms(forms, nameForms(e))
		}
	}
	if len(forms) == 0 || len(forms) == len(usualForms) {
		return "", "", false
	}
	compose := func(own, other *entry, taken outcome) string {
		return forms[0].compose(func(name string) string {
			for _, f := range fields {
				if f.name == name && f.outcome == taken {
					return other.part(name)
				}
			}
			return own.part(name)
		})
	}
	file, body = compose(v.l1, v.r1, theirs), compose(v.r1, v.l1, ours)
	return file, body, file != "" && body != ""
}

func commonForms(a, b []nameForm) []nameForm {
	var common []nameForm
	for _, f := range a {
		for _, g := range b {
			if f == g {
				common = append(common, f)
			}
		}
	}
	return common
}

// nameFields takes over parts and parameters of N and of FN. Where a line is then as on the other side, its bytes are.
func (w entryWriter) nameFields(have, want *entry, list []fieldVerdict) {
	for _, name := range []string{"N", "FN"} {
		var mine []fieldVerdict
		for _, f := range list {
			if isOfFN(f.name) == (name == "FN") {
				mine = append(mine, f)
			}
		}
		if len(mine) == 0 {
			continue
		}
		here, there := linesOf(w.into, name), linesOf(w.other(), name)
		// SORT-AS is a slot of its own.
		if len(here) != 1 || len(there) != 1 || here[0].Param("SORT-AS") == there[0].Param("SORT-AS") &&
			equalBut(have.nameLine(name), want.nameLine(name), mine) {
			w.group(true, []string{name})
			continue
		}
		from := cutLine(there[0].Text())
		w.edit(here[0], func(line *lineText) {
			for _, f := range mine {
				line.takeNameField(f.name, max(have.field(f.name).partNumber(), want.field(f.name).partNumber()), from)
			}
		})
	}
}

func (t *lineText) takeNameField(name string, part int, from lineText) {
	_, param, found := strings.Cut(name, ";")
	switch {
	case found:
		t.setParam(strings.ToUpper(param), from.param(strings.ToUpper(param)))
	case part > 0:
		t.takePart(part, from)
	default:
		t.takeValue(from)
	}
}

func (f *field) partNumber() int {
	if f == nil {
		return 0
	}
	return f.part
}

// nameLine is the fields that stand in the line of N, or of FN.
func (e *entry) nameLine(name string) *entry {
	line := &entry{}
	if e != nil {
		for _, f := range e.fields {
			if isOfFN(f.name) == (name == "FN") {
				line.fields = append(line.fields, f)
			}
		}
	}
	return line
}
