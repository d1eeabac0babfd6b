package main

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// overrideFromEnv sets each field of a settings struct whose variable stands
// in the environment. The variable's name is the prefix and the field's YAML
// name in capitals, words parted by a low line.
func overrideFromEnv(prefix string, settings any, lookup func(string) (string, bool)) error {
	v := reflect.ValueOf(settings).Elem()
	for i := range v.NumField() {
		name := prefix + "_" + envName(v.Type().Field(i).Tag.Get("yaml"))
		field := v.Field(i)
		if field.Kind() == reflect.Struct {
			if err := overrideFromEnv(name, field.Addr().Interface(), lookup); err != nil {
				return err
			}
			continue
		}
		text, ok := lookup(name)
		if !ok {
			continue
		}
		switch field.Kind() {
		case reflect.String:
			field.SetString(text)
		case reflect.Int64:
			d, err := time.ParseDuration(text)
			if err != nil {
				return fmt.Errorf("%s: %q is no duration; want such as 10s", name, text)
			}
			field.SetInt(int64(d))
		case reflect.Int:
			n, err := strconv.Atoi(text)
			if err != nil {
				return fmt.Errorf("%s: %q is no whole number", name, text)
			}
			field.SetInt(int64(n))
		case reflect.Bool:
			b, err := strconv.ParseBool(text)
			if err != nil {
				return fmt.Errorf("%s: %q is neither true nor false", name, text)
			}
			field.SetBool(b)
		case reflect.Slice:
			field.Set(reflect.ValueOf(strings.FieldsFunc(text, func(r rune) bool { return r == ',' })))
		default:
			return fmt.Errorf("%s: a setting of type %s cannot be set from the environment", name, field.Type())
		}
	}
	return nil
}

// envName turns lineBytes into LINE_BYTES and memoryMB into MEMORY_MB.
func envName(yamlName string) string {
	var b strings.Builder
	lower := false
	for _, r := range yamlName {
		if unicode.IsUpper(r) && lower {
			b.WriteByte('_')
		}
		lower = !unicode.IsUpper(r)
		b.WriteRune(unicode.ToUpper(r))
	}
	return b.String()
}
