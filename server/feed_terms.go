package server

import (
	"cmp"
	"context"
	"regexp"
	"strings"

	"github.com/google/uuid"

	"marshrut/crm"
)

// terms are the names of what entries of a feed name by keys: templates, reasons chosen of a reference list, own attributes.
type terms struct {
	templates, reasons, attributes map[string]crm.Text
}

// addTerms reads the names of what entries name, once for all cases of a kind; nothing where they name nothing.
func (s *Server) addTerms(ctx context.Context, told map[uuid.UUID]*story, entries []crm.FeedEntry) error {
	of := map[crm.Kind]*terms{}
	var templates map[string]crm.Text
	for i := range entries {
		st, data := told[entries[i].CaseID], entries[i].Data
		kind := st.c.Kind
		if of[kind] == nil {
			of[kind] = &terms{}
		}
		st.terms = of[kind]
		var err error
		if textIn(data, "template") != "" && templates == nil {
			if templates, err = s.templateNames(ctx); err != nil {
				return err
			}
		}
		if form, _ := data["fields"].(map[string]any); form["reason"] != nil && st.terms.reasons == nil {
			if st.terms.reasons, err = s.reasonNames(ctx, kind); err != nil {
				return err
			}
		}
		if changesAttributes(data["changes"]) && st.terms.attributes == nil {
			if st.terms.attributes, err = s.attributeNames(ctx, kind); err != nil {
				return err
			}
		}
	}
	for _, t := range of {
		t.templates = templates
	}
	return nil
}

func changesAttributes(changes any) bool {
	changed, _ := changes.(map[string]any)
	for key := range changed {
		if strings.HasPrefix(key, "attributes.") {
			return true
		}
	}
	return false
}

// templateNames are the titles of the templates that come with the program, and the subjects of others, by key.
func (s *Server) templateNames(ctx context.Context) (map[string]crm.Text, error) {
	all, err := s.services.Templates.ListTemplates(ctx)
	if err != nil {
		return nil, err
	}
	names := map[string]crm.Text{}
	for i := range all {
		one := &all[i]
		name := names[one.Key]
		switch subject := plainSubject(one.Subject); {
		case !one.Title.Empty():
			name = one.Title
		case one.Lang == crm.EN:
			name.EN = subject
		default:
			name.RU = subject
		}
		names[one.Key] = name
	}
	return names, nil
}

// inserted is a value that is put into a template's text.
var inserted = regexp.MustCompile(`\{\{[^}]*\}\}`)

// plainSubject is a template's subject with dots for what each letter has of its own.
func plainSubject(subject string) string {
	return crm.OneLine(inserted.ReplaceAllString(subject, "…"))
}

// reasonNames are what deals and interests are lost for (R30), or what claims are about (R36), by key.
func (s *Server) reasonNames(ctx context.Context, kind crm.Kind) (map[string]crm.Text, error) {
	list := crm.LossReasons
	if kind == crm.Claim {
		list = crm.ClaimReasons
	}
	return s.listedNames(ctx, list)
}

// listedNames are the names of a reference list's items, by key.
func (s *Server) listedNames(ctx context.Context, list crm.ReferenceList) (map[string]crm.Text, error) {
	items, err := s.services.Cases.ReferenceItems(ctx, list)
	if err != nil {
		return nil, err
	}
	names := map[string]crm.Text{}
	for i := range items {
		names[items[i].Key] = items[i].Name
	}
	return names, nil
}

func (s *Server) attributeNames(ctx context.Context, kind crm.Kind) (map[string]crm.Text, error) {
	all, err := s.services.Clients.Attributes(ctx, crm.AttributeOfCase(kind))
	if err != nil {
		return nil, err
	}
	names := map[string]crm.Text{}
	for i := range all {
		names[all[i].Key] = all[i].Name
	}
	return names, nil
}

// What has no name is named by its key, as is a reason in somebody's own words.

func (t *terms) template(key string, lang crm.Lang) string {
	return cmp.Or(t.templates[key].In(lang), key)
}

func (t *terms) reason(key string, lang crm.Lang) string {
	return cmp.Or(t.reasons[key].In(lang), key)
}

func (t *terms) attribute(key string, lang crm.Lang) string {
	return cmp.Or(t.attributes[key].In(lang), key)
}
