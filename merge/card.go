package merge

import (
	"slices"
	"strconv"
	"strings"

	"vgit/repo/item"
)

// cardProperties says how the properties of cards meet. Names that are not here are texts of their own.
var cardProperties = map[string]property{
	"FN":            {slot: "name", kind: group},
	"KIND":          {unset: "individual"},
	"GEO":           {value: asGeo},
	"NICKNAME":      {kind: set, separated: true, keyed: true},
	"CATEGORIES":    {kind: set, separated: true, keyed: true},
	"EMAIL":         {kind: mapped},
	"TEL":           {kind: mapped},
	"ADR":           {kind: mapped},
	"URL":           {kind: mapped, value: asURI},
	"IMPP":          {kind: mapped, value: asURI},
	"SOCIALPROFILE": {kind: mapped, value: asURI},
	"CALURI":        {kind: mapped, value: asURI},
	"CALADRURI":     {kind: mapped, value: asURI},
	"FBURL":         {kind: mapped, value: asURI},
	"SOURCE":        {kind: mapped, value: asURI},
	"RELATED":       {kind: mapped, value: asURI},
	"LANG":          {kind: mapped},
	"KEY":           {kind: mapped},
	"SOUND":         {kind: mapped},
	"MEMBER":        {kind: set, keyed: true},
	"NOTE":          {kind: text},
	"CLASS":         {value: asEnum, unset: "PUBLIC"},
	"X-ABSHOWAS":    {value: asEnum},
	"X-ABDATE":      {kind: mapped},
	"PHOTO":         {slot: "photo", kind: group},
	"X-IMAGEHASH":   {slot: "photo", kind: group},
	"X-IMAGETYPE":   {slot: "photo", kind: group},
}

// droppedByVersion have no place in vCard 4, so that a converter loses them.
var droppedByVersion = map[string]bool{"AGENT": true, "MAILER": true, "NAME": true, "PROFILE": true, "CLASS": true}

func cardVersion(c *item.Component) string {
	if l := c.Leaf("VERSION"); l != nil {
		return strings.TrimSpace(l.Value())
	}
	return ""
}

// cardReader reads one card.
type cardReader struct {
	part      *component
	converted bool // the other card has another version
	groups    map[string]*cardGroup
	labels    []cardLine // LABEL properties of vCard 3
	elements  map[string]*entry
	pids      map[string]string // of CLIENTPIDMAP
	twins     map[string]*entry
	hashes    map[string]string // of pictures by their base64
}

// cardLine is one line on its way into a slot.
type cardLine struct {
	name   string // as a newer card would write it
	older  string // as it is written, if that is another name
	leaf   *item.Leaf
	params []item.Param
	value  string
}

func readCard(c *item.Component, converted bool) *model { return readCardOf(c, converted, nil) }

// readCardOf reads one of several cards that are likely to have the same pictures in them.
func readCardOf(c *item.Component, converted bool, hashes map[string]string) *model {
	r := &cardReader{
		part:      &component{name: c.Name, key: "card", src: c},
		converted: converted,
		hashes:    hashes,
		groups:    cardGroups(c),
		pids:      pidSources(c),
	}
	for l := range c.Leaves() {
		r.line(l)
	}
	r.addressLabels()
	r.madeUpName()
	for inner := range c.Components() {
		s := r.part.slot(strings.ToLower(inner.Name), scalar, true)
		s.entries = append(s.entries, &entry{source: source{comp: inner}, fields: []field{same("value", string(plainLines(inner.Bytes())))}})
	}
	r.part.settle()
	return &model{name: c.Name, components: []*component{r.part}}
}

// line puts one line into its slot.
func (r *cardReader) line(l *item.Leaf) {
	if l.Name == "" {
		if text := strings.Trim(l.Value(), "\r\n"); strings.TrimSpace(text) != "" {
			s := r.part.slot("unreadable line", scalar, true)
			s.entries = append(s.entries, &entry{source: source{leaf: l}, fields: []field{same("value", text)}})
		}
		return
	}
	if g := r.groupOf(l); g != nil && labels(l.Name) && len(g.owners) > 0 {
		return // read with its owner
	}
	line := plainValue(cardLine{name: l.Name, leaf: l, params: cardParams(l), value: l.Value()})
	line = modern(line, r.groupOf(l))
	switch line.name {
	case "VERSION":
		e := r.part.slot("version", scalar, true).only()
		e.leaf = l
		e.set(field{name: "value", exact: strings.TrimSpace(line.value), limit: Weak})
	case "UID":
		e := r.part.slot("uid", scalar, true).only()
		e.leaf = l
		e.set(same("value", withoutURN(line.value)))
	case "N":
		r.structuredName(line)
	case "LABEL":
		r.labels = append(r.labels, line)
	default:
		r.property(line)
	}
}

// cardParams is the parameters of a line, with the bare ones of vCard 2.1 under the names they got later.
func cardParams(l *item.Leaf) []item.Param {
	params := l.Params()
	for i, p := range params {
		if p.Name != "" {
			continue
		}
		switch strings.ToUpper(p.Values[0]) {
		case "B", "BASE64", "QUOTED-PRINTABLE", "8BIT", "7BIT":
			params[i].Name = "ENCODING"
		case "URL", "URI", "INLINE", "CONTENT-ID", "CID":
			params[i].Name = "VALUE"
		default:
			params[i].Name = "TYPE"
		}
	}
	return params
}

// property reads a line that the table describes, or one that nobody knows.
func (r *cardReader) property(line cardLine) {
	p := cardProperties[line.name]
	if k, ok := bookkeeper(line.name); ok {
		p.kind = k
	}
	if p.slot == "" {
		p.slot = ownSlot(line.name)
	}
	s := r.part.slot(p.slot, p.kind, !p.keyed)
	if p.separated {
		r.list(s, line)
		return
	}
	if p.kind == group {
		r.groupField(s.only(), line)
		return
	}
	e := &entry{source: source{leaf: line.leaf}}
	r.value(e, p, line)
	if len(e.fields) == 0 {
		return
	}
	r.finish(e, line)
	if p.kind == set {
		r.elements = addElement(r.elements, s, e)
		return
	}
	if r.twin(e, line) {
		return
	}
	s.entries = append(s.entries, e)
}

// twin reports whether an entry is one that the card has already, under the name of another version: programs that want to be
// understood by all write both. The two are one entry.
func (r *cardReader) twin(e *entry, line cardLine) bool {
	if line.older == "" && !hasOlderName[line.name] || e.field("value") == nil {
		return false
	}
	id := line.name + "\x1f" + e.field("value").exact + "\x1f" + entryTypes(e)
	first := r.twins[id]
	switch {
	case first == nil:
		if r.twins == nil {
			r.twins = map[string]*entry{}
		}
		r.twins[id] = e
		return false
	case first.leaf.Name == e.leaf.Name:
		return false
	}
	older := func(e *entry) bool { return e.field("as") != nil }
	if older(first) && (!older(e) || e.leaf.Name < first.leaf.Name) { // whichever the file has first
		also := append(first.also, first.source)
		*first = *e
		first.also = also
		return true
	}
	first.also = append(first.also, e.source)
	return true
}

// groupField reads FN into the group "name", and a picture with what says something about it into the group "photo".
func (r *cardReader) groupField(e *entry, line cardLine) {
	switch line.name {
	case "PHOTO":
		f := r.binary(e, line)
		e.set(f)
		if f.exact != "" {
			addParams(e, line.params, "photo;", "VALUE", "TYPE", "ENCODING", "MEDIATYPE", "PREF")
		}
	case "X-IMAGEHASH", "X-IMAGETYPE": // made from the picture by whoever took it in
		e.set(field{name: strings.ToLower(line.name), exact: canonText(line.value), limit: Weak})
	default:
		e.set(same("fn", canonText(line.value)))
		addParams(e, line.params, "fn;", "VALUE", "TYPE", "PREF")
	}
}

// madeUpName tells an FN that a server made up from one that a person wrote. That another card has none of the first kind is
// bookkeeping: the server needed one.
func (r *cardReader) madeUpName() {
	s := r.part.find("name")
	if s == nil || len(s.entries) == 0 {
		return
	}
	fn := s.entries[0].field("fn")
	if fn == nil || len(fn.more) > 0 {
		return
	}
	if len(nameForms(s.entries[0])) > 0 || r.says(fn.exact, "org", "nickname", "email", "tel") {
		fn.alone = Bookkeeping
	}
}

// says reports whether one of these slots has that value.
func (r *cardReader) says(value string, slots ...string) bool {
	for _, name := range slots {
		if s := r.part.find(name); s != nil {
			for _, e := range s.entries {
				if f := e.field("value"); f != nil && strings.EqualFold(f.exact, value) {
					return true
				}
			}
		}
	}
	return false
}

// structuredName reads N into the group "name", and its SORT-AS into what was SORT-STRING.
func (r *cardReader) structuredName(line cardLine) {
	s := r.part.slot("name", group, true)
	names := []string{"family", "given", "additional", "prefix", "suffix", "second family", "generation"}
	setParts(s.only(), names, canonParts(line.value))
	for _, p := range line.params {
		if p.Name == "SORT-AS" && len(p.Values) > 0 && p.Values[0] != "" {
			e := r.part.slot("sort-string", scalar, true).only()
			e.leaf = line.leaf
			e.set(same("value", canonText(strings.Join(p.Values, ","))))
			e.set(field{name: "as", exact: "SORT-AS", limit: Weak})
		}
	}
	addParams(s.only(), line.params, "n;", "VALUE", "SORT-AS")
}

// manyParts is how many parts of a structured value are fields of their own; vCard has 18 at most.
const manyParts = 32

func setParts(e *entry, names, parts []string) {
	if len(parts) > manyParts {
		parts = append(slices.Clone(parts[:manyParts]), strings.Join(parts[manyParts:], ";"))
	}
	for i, part := range parts {
		if part == "" {
			continue
		}
		name := "part " + strconv.Itoa(i+1)
		if i < len(names) {
			name = names[i]
		}
		e.set(field{name: name, part: i + 1, exact: part, loose: part, show: strings.ReplaceAll(part, "\x1c", ",")})
	}
}

// list reads NICKNAME and CATEGORIES, whose elements are entries of their own.
func (r *cardReader) list(s *slot, line cardLine) {
	for i, part := range item.Split(line.value, ',') {
		element := canonElement(part)
		if element == "" {
			continue
		}
		e := &entry{source: source{leaf: line.leaf, at: i + 1}, fields: []field{same("value", element)}}
		addParams(e, line.params, "", "VALUE", "TYPE", "PREF")
		e.key = e.exact()
		r.elements = addElement(r.elements, s, e)
	}
}
