package main

// jsonCheck is the answer of `vgit check --json`.
type jsonCheck struct {
	jsonHead
	Config   string              `json:"config"` // path of the configuration
	Warnings []string            `json:"warnings"`
	VDirs    []jsonCheckedVDir   `json:"vdirs"`
	Remotes  []jsonCheckedRemote `json:"remotes"`
}

// jsonCheckedVDir is a vdir as it was found.
type jsonCheckedVDir struct {
	Name        string        `json:"name"`
	Path        string        `json:"path"`
	Exists      bool          `json:"exists"` // false: the first sync makes it
	Collections int           `json:"collections"`
	Error       string        `json:"error,omitempty"`
	Problems    []jsonProblem `json:"problems"`
}

// jsonCheckedRemote is what a remote answered.
type jsonCheckedRemote struct {
	Name        string           `json:"name"`
	VDir        string           `json:"vdir"`
	Error       string           `json:"error,omitempty"` // why it could not be looked at
	URL         string           `json:"url,omitempty"`
	User        string           `json:"user,omitempty"`
	Principal   string           `json:"principal,omitempty"`
	Certificate *jsonCertificate `json:"certificate,omitempty"`
	Collections []jsonAbilities  `json:"collections"`
	Problems    []jsonProblem    `json:"problems"`
}

// jsonCertificate is what the server showed.
type jsonCertificate struct {
	SHA256  string `json:"sha256"`
	Subject string `json:"subject"`
	Issuer  string `json:"issuer"`
	Until   string `json:"until"`
}

// jsonAbilities are those of one collection.
type jsonAbilities struct {
	ID         string   `json:"id"`
	Name       string   `json:"name,omitempty"`
	Components []string `json:"components,omitempty"`
	ReadOnly   bool     `json:"read_only"`
	What       []string `json:"what"` // in words
}
