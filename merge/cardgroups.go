package merge

import (
	"slices"
	"strings"

	"vgit/repo/item"
)

// cardGroup is the lines that share a group name, which means nothing by itself.
type cardGroup struct {
	owners []string // names of the properties
	labels []*item.Leaf
}

// cardGroups finds out which lines of a card share a group, by its name in lower case.
func cardGroups(c *item.Component) map[string]*cardGroup {
	groups := map[string]*cardGroup{}
	for l := range c.Leaves() {
		if l.Group == "" || l.Name == "" || l.Name == "LABEL" {
			continue // a LABEL is a part of its address
		}
		name := strings.ToLower(l.Group)
		g := groups[name]
		if g == nil {
			g = &cardGroup{}
			groups[name] = g
		}
		if labels(l.Name) {
			g.labels = append(g.labels, l)
		} else {
			g.owners = append(g.owners, l.Name)
		}
	}
	for _, g := range groups {
		slices.Sort(g.owners)
	}
	return groups
}

// labels reports whether a property says something about the others of its group.
func labels(name string) bool {
	switch name {
	case "X-ABDATE", "X-ABRELATEDNAMES", "X-ABSHOWAS", "X-ABUID":
		return false
	}
	return strings.HasPrefix(name, "X-AB")
}

// manyInGroup is how many lines may share a group. Beyond, no honest card goes, and the group is not looked at.
const manyInGroup = 256

// groupIn returns the group of a line, or nil.
func groupIn(groups map[string]*cardGroup, l *item.Leaf) *cardGroup {
	if l.Group == "" {
		return nil
	}
	g := groups[strings.ToLower(l.Group)]
	if g == nil || len(g.owners)+len(g.labels) > manyInGroup {
		return nil
	}
	return g
}

func (r *cardReader) groupOf(l *item.Leaf) *cardGroup { return groupIn(r.groups, l) }

// says reports whether a group has that label, in any case.
func (g *cardGroup) says(label string) bool {
	return g != nil && slices.ContainsFunc(g.labels, func(l *item.Leaf) bool {
		return l.Name == "X-ABLABEL" && strings.EqualFold(strings.TrimSpace(l.Value()), label)
	})
}

// standardTypes are the labels of Apple that say what a TYPE says. "other" is as good as none.
var standardTypes = map[string]string{
	"home": "home", "work": "work", "mobile": "cell", "main": "main", "pager": "pager", "other": "", "iphone": "iphone",
}

// standardLabel returns the TYPE that a label of Apple stands for, as the one of a relation stands for what the relation is.
func standardLabel(property, label string) (t string, ok bool) {
	inner, begins := strings.CutPrefix(strings.ToLower(strings.TrimSpace(label)), "_$!<")
	inner, ends := strings.CutSuffix(inner, ">!$_")
	if !begins || !ends || inner == "" {
		return "", false
	}
	if property == "RELATED" {
		return inner, true
	}
	t, ok = standardTypes[inner]
	return t, ok
}
