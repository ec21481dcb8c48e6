package remote

import "context"

// The properties of a collection that a person can set (P93), by the names of their files in a vdir. Info.Properties has their
// values as the server spells them.
const (
	Color       = "color"       // Apple's calendar-color: "#RRGGBB", mostly with two more digits behind it
	DisplayName = "displayname" // DAV:displayname
	Description = "description" // calendar-description or addressbook-description
	Order       = "order"       // Apple's calendar-order, a whole number
)

// PropertyNames are all of them, in the order in which they are told.
var PropertyNames = []string{Color, DisplayName, Description, Order}

// PropertiesOf are those that a collection of a kind can have: there is no order of address books.
func PropertiesOf(kind Kind) []string {
	if kind == Contacts {
		return PropertyNames[:3]
	}
	return PropertyNames
}

// Patched is what is known of the properties of a collection after a write.
type Patched struct {
	// Properties and Unread are what the collection showed after the write, as in Info: whether a property was kept is to be told
	// from them, never from the absence of a refusal. Some servers say 200 and keep another value, or none (P93).
	Properties map[string]string
	Unread     []string
	// Refused says, by name, which of the asked for properties the server would not set, and why.
	Refused map[string]*Refused
}

// PropertySetter is a Collection whose properties can be set. One that is none has none to set.
type PropertySetter interface {
	// SetProperties sets the properties that change names, and removes those whose value is ""; all others stay as they are.
	// A property that the server refuses is in Patched.Refused and stops none of the others, also where the server does all or
	// nothing. Afterwards the collection is read back, which takes one request more. Setting what is set already is no error.
	// ErrNoAnswer: nobody knows which of them were set, be it that the write was not answered or that it could not be read
	// back. ErrCollectionGone: there is no such collection. Any other error: nothing was set.
	SetProperties(ctx context.Context, change map[string]string) (Patched, error)
}
