package message

// Line makes a stranger's text fit to be shown in one line outside of a message, such as in a terminal: valid UTF-8 without control,
// zero-width or bidirectional characters, at most limit characters long.
func Line(s string, limit int) string { return clean(s, limit) }
