package merge

// InVersion is for tests: a card written in another version, and how many lines have no place in it.
var InVersion = inVersion
