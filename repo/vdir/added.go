package vdir

// Added returns the items of a collection that known does not name, each with its bytes: what somebody made since the last
// Scan. It goes by names, so that it costs little, and passes over what it cannot read.
func (d *Dir) Added(collection string, spec Spec, known func(path string) bool) []File {
	dir, done, err := d.collection(collection)
	if err != nil {
		return nil
	}
	defer done()
	list, err := dir.ReadDir(".")
	if err != nil {
		return nil
	}
	var added []File
	for _, e := range list {
		path := e.Name()
		if collection != "" {
			path = collection + "/" + path
		}
		if spec.kind(e.Name()) != item || known(path) {
			continue
		}
		if body, info, err := read(dir, e.Name()); err == nil {
			added = append(added, File{Path: path, Stat: statOf(info), Changed: true, Body: body})
		}
	}
	return added
}
