package webpage

import (
	"net/url"
	"strconv"
)

// PageSize is how many entries a page of a list shows.
const PageSize = 50

// Paging is where in a list, newest first, the reader is.
type Paging struct {
	Page, Pages int
	// Newer and Older are the addresses of the neighbouring pages, empty at the ends.
	Newer, Older string
}

// Paginate finds the page asked for by the parameter page (from 1) in a list of total entries; from and to bound its
// entries. A page there is none of becomes the nearest there is.
func Paginate(query url.Values, total int) (paging Paging, from, to int) {
	pages := max(1, (total+PageSize-1)/PageSize)
	// No number at all is the first page.
	page, _ := strconv.Atoi(query.Get("page"))
	page = min(max(page, 1), pages)
	paging = Paging{Page: page, Pages: pages}
	if page > 1 {
		paging.Newer = pageAddress(query, page-1)
	}
	if page < pages {
		paging.Older = pageAddress(query, page+1)
	}
	from = (page - 1) * PageSize
	return paging, from, min(from+PageSize, total)
}

func pageAddress(query url.Values, page int) string {
	next := url.Values{"page": {strconv.Itoa(page)}}
	if q := query.Get("q"); q != "" {
		next.Set("q", q)
	}
	return "?" + next.Encode()
}
