package server

import (
	"context"
	"errors"
	"fmt"

	"github.com/clewline/clewline/server/api"
	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/store/duckstore"
)

// withCatalog opens the catalog of a data folder beside a server that may be
// running, which SQLite allows.
func withCatalog(ctx context.Context, data string, f func(*catalog.Catalog) error) (err error) {
	if err := checkWritable(data); err != nil {
		return err
	}
	c, err := catalog.Open(ctx, catalogPath(data), catalog.Options{})
	if err != nil {
		return fmt.Errorf("open the catalog: %w", err)
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	return f(c)
}

// CreateKey makes a key in a data folder, and the project when it is new. It
// works while a server runs on the folder, which notices within a second.
func CreateKey(ctx context.Context, data, project, keyType, name string, origins []string) (secret string, err error) {
	err = withCatalog(ctx, data, func(c *catalog.Catalog) error {
		if err := c.EnsureProject(ctx, project); err != nil {
			return err
		}
		_, secret, err = c.CreateKey(ctx, project, catalog.KeyType(keyType), name, origins)
		return err
	})
	return secret, err
}

// CreateAdmin makes an admin with a password in a data folder. The demo uses
// it; a server makes its first admin by a set-up link.
func CreateAdmin(ctx context.Context, data, name, password string) error {
	return withCatalog(ctx, data, func(c *catalog.Catalog) error {
		_, err := c.CreateUser(ctx, name, password, catalog.Admin)
		return err
	})
}

// SetupLink makes a new one-time link that makes the first admin. It works
// while a server runs on the folder. baseURL is the server's address as
// people reach it.
func SetupLink(ctx context.Context, data, baseURL string) (link string, err error) {
	err = withCatalog(ctx, data, func(c *catalog.Catalog) error {
		link, err = setupLink(ctx, c, baseURL)
		return err
	})
	return link, err
}

// SetupLink makes a one-time link to this server that makes the first admin.
func (s *Server) SetupLink(ctx context.Context) (string, error) {
	return setupLink(ctx, s.catalog, s.URL())
}

func setupLink(ctx context.Context, c *catalog.Catalog, baseURL string) (string, error) {
	link, err := api.SetupLink(ctx, c, baseURL)
	if err == nil && link == "" {
		err = errors.New("this server has an admin already; new people are added by an admin")
	}
	return link, err
}

// TryStore opens the events of a data folder that no server has, brings them
// back as a start would, and says what is wrong with them, nil for nothing.
func TryStore(eventsFolder string) error {
	events, err := duckstore.Open(eventsFolder, duckstore.Options{MinFree: -1})
	if err != nil {
		return err
	}
	return events.Close()
}

// A Person is somebody who may log in, as the operator sees them.
type Person struct {
	Name string
	May  string // the role and what it is about, in words
}

// People lists those who may log in. It works while a server runs on the
// folder.
func People(ctx context.Context, data string) (out []Person, err error) {
	err = withCatalog(ctx, data, func(c *catalog.Catalog) error {
		people, err := c.People(ctx)
		for _, p := range people {
			out = append(out, Person{p.Name, p.May()})
		}
		return err
	})
	return out, err
}

// ResetLink makes a one-time link by which somebody chooses another password:
// the way back for an admin who is locked out. It works while a server runs on
// the folder. baseURL is the server's address as people reach it.
func ResetLink(ctx context.Context, data, baseURL, name string) (link string, err error) {
	err = withCatalog(ctx, data, func(c *catalog.Catalog) error {
		p, err := c.PersonByName(ctx, name)
		if err != nil {
			return err
		}
		_, token, err := c.CreateLink(ctx, p.ID)
		link = api.LinkURL(baseURL, token)
		return err
	})
	return link, err
}
