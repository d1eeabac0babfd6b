package query

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestKeysOfDataAreToldAsTheyAreSearched(t *testing.T) {
	for _, c := range []struct{ data, want string }{
		{`{"a":1,"b":"x","c":true,"d":null,"e":"","f":[],"g":{}}`, "a number,b text,c bool"},
		{`{"n":{"x":{"y":1}},"a.b":2}`, "n.x.y number,a.b number"},
		{`{"items":[{"price":1},{"price":2,"name":"x"}],"tags":["a","b"],"deep":[[1]]}`, "items.price number,items.price number,items.name text,tags list"},
		{`{"l":[{"m":[{"n":1}],"o":[1]}]}`, "l.o list"}, // one list of objects may be gone through
		{`{"and":1,"__proto__":2,"\"x\"":3,"\u00e9":4," ":5}`, `and number,__proto__ number,"x" number,é number,  number`},
		{` { "a" : 1 , "b" : [ 1 , 2 ] } `, "a number,b list"},
		{`{"a":1,"b`, "a number"},
		{`{"a":0x1,"b":-0.5}`, "b number"},
		{`[{"a":1}]`, ""}, {``, ""}, {`"x"`, ""}, {`{"a"}`, ""}, {`{"a":`, ""},
		{`{"":1,"a":{"":2}}`, "a. number"}, // a key without signs at the top cannot be asked for
	} {
		var got []string
		EachKey(c.data, func(path string, kind KeyKind) { got = append(got, fmt.Sprint(path, " ", kind)) })
		if strings.Join(got, ",") != c.want {
			t.Errorf("%s: got %s, want %s", c.data, strings.Join(got, ","), c.want)
		}
	}
}

func TestWhatAKeyIsCalledFindsIt(t *testing.T) {
	for _, path := range []string{"state", "level", "logid", "a.b", "data.x", "and", `"x"`, "data.", "é", "__proto__"} {
		if f := Resolve(NameOf(path)); f.Path != path {
			t.Errorf("%q is asked for as %q, which is %q", path, NameOf(path), f.Path)
		}
	}
}

func TestValuesOfDataAreThoseThatAQueryFinds(t *testing.T) {
	v := NewDataValues("n.x")
	for _, c := range []struct {
		data string
		want []DataValue
	}{
		{`{"n":{"x":1.50}}`, []DataValue{{"1.5", true}}},
		{`{"n.x":"a\"b","n":{"x":["a\"b","c",true,null,""]}}`, []DataValue{{`a"b`, false}, {"c", false}, {"true", false}}},
		{`{"n":[{"x":1},{"x":1.0},{"x":{"y":2}}]}`, []DataValue{{"1", true}}},
		{`{"x":1}`, nil}, {"", nil}, {"{", nil},
	} {
		if got := v.Of(c.data); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.data, got, c.want)
		}
	}
}

func FuzzKeysOfDataArePathsThatFindSomething(f *testing.F) {
	f.Add(`{"a":{"b":[{"c":1},{"c":"x"}]},"d.e":true}`)
	f.Add(`{"\u0061":{"":1},"x":[1,[2],{"y":[3]}]}`)
	f.Fuzz(func(t *testing.T, data string) {
		valid := json.Valid([]byte(data))
		EachKey(data, func(path string, kind KeyKind) {
			if !valid || len(path) > 1000 {
				return // nothing is promised of what is no JSON, but that it does no harm
			}
			if kind != ListKey && len(NewDataValues(path).Of(data)) == 0 {
				t.Errorf("%q in %q, a %v, has no value", path, data, kind)
			}
		})
	})
}
