package format

import "bytes"

// A Multiline says whether a line belongs to the one before.
type Multiline func(line []byte) bool

// maxPattern bounds a pattern, in bytes.
const maxPattern = 4096

// ParseMultiline reads the setting: "" joins nothing; "stack" joins the lines
// of stack traces, as Java, JavaScript, Python, Go and .NET write them; any
// other is a pattern (RE2) that the first line of each event matches, so that
// lines that do not match it belong to the one before. An error is a
// *SourceError.
func ParseMultiline(setting string) (Multiline, error) {
	switch setting {
	case "":
		return nil, nil
	case "stack":
		return inStack, nil
	}
	first, err := compilePattern("multiline", setting)
	if err != nil {
		return nil, err
	}
	return func(line []byte) bool { return !first.Match(line) }, nil
}

// stackWords begin lines of stack traces that are not indented.
var stackWords = []string{
	"Caused by:", "Suppressed:", "Traceback (", "During handling of", "The above exception", "--- End of", "goroutine ", "created by ",
}

// inStack says whether a line is one of a stack trace but its first: it is
// indented, or begins with one of stackWords.
func inStack(line []byte) bool {
	if len(line) > 0 && (line[0] == ' ' || line[0] == '\t') {
		return true
	}
	for _, word := range stackWords {
		if bytes.HasPrefix(line, []byte(word)) {
			return true
		}
	}
	return false
}
