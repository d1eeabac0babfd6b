module github.com/clewline/clewline/bench

go 1.26.0

require (
	github.com/clewline/clewline v0.0.0
	golang.org/x/sys v0.49.0
)

replace github.com/clewline/clewline => ../
