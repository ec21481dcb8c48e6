package remotetest

import (
	"maps"
	"slices"

	"vgit/remote"
)

// wishes are values that differ from those that a server gives to a new collection.
var wishes = map[string]string{remote.Color: "#12ab34", remote.DisplayName: "Grüße & <mehr>", remote.Description: "what it is for", remote.Order: "7"}

// patch sets properties, checks that the answer tells what the account shows from then on, and returns what that is.
func (b *bench) patch(change map[string]string) remote.Patched {
	b.Helper()
	setter, ok := b.coll.(remote.PropertySetter)
	if !ok {
		b.Skip("properties cannot be set")
	}
	p, err := setter.SetProperties(b.ctx, change)
	if err != nil {
		b.Fatalf("SetProperties(%q): %v", change, err)
	}
	b.open()
	if !maps.Equal(p.Properties, b.info.Properties) || !slices.Equal(p.Unread, b.info.Unread) {
		b.Errorf("SetProperties(%q) read back %q, unread %q; Look shows %q, unread %q", change, p.Properties, p.Unread, b.info.Properties, b.info.Unread)
	}
	for name, value := range change {
		if p.Properties[name] != value && p.Refused[name] == nil && !b.Limits.OwnProperties {
			b.Errorf("%s is %q and not %q, and was not refused", name, p.Properties[name], value)
		}
	}
	return p
}

func setProperties(b *bench) {
	change := map[string]string{}
	for _, name := range remote.PropertiesOf(b.Kind) {
		change[name] = wishes[name]
	}
	p := b.patch(change)
	for name := range change {
		if p.Refused[name] != nil && !b.Limits.OwnProperties {
			b.Errorf("%s was refused: %v", name, p.Refused[name])
		}
	}
	b.patch(change) // once more is no error
}

func setOneProperty(b *bench) {
	b.patch(map[string]string{remote.Description: "stays"})
	before := maps.Clone(b.info.Properties)
	b.patch(map[string]string{remote.DisplayName: "another name"})
	now := maps.Clone(b.info.Properties)
	delete(before, remote.DisplayName)
	delete(now, remote.DisplayName)
	if b.Limits.OwnOrder {
		delete(before, remote.Order)
		delete(now, remote.Order)
	}
	if !maps.Equal(before, now) {
		b.Errorf("the others were %q and are %q", before, now)
	}
}

func removeProperty(b *bench) {
	b.patch(map[string]string{remote.Description: "goes", remote.DisplayName: "stays"})
	p := b.patch(map[string]string{remote.Description: ""})
	if value, is := p.Properties[remote.Description]; is && p.Refused[remote.Description] == nil && !b.Limits.OwnProperties {
		b.Errorf("the description is still %q", value)
	}
	if p.Properties[remote.DisplayName] != "stays" && !b.Limits.OwnProperties {
		b.Errorf("the name is %q", p.Properties[remote.DisplayName])
	}
}

func propertiesOfNobody(b *bench) {
	setter, ok := b.coll.(remote.PropertySetter)
	if !ok {
		b.Skip("properties cannot be set")
	}
	if _, err := setter.SetProperties(b.ctx, map[string]string{"getetag": "mine"}); err == nil {
		b.Error("a property that is nobody's to set was set (P93)")
	}
}
