package submission

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"portal/internal/attachment"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// uploadAt finds the question to which an uploaded file belongs, and the control at which errors are told: a question for
// documents, or the Group of whose row it is an image.
func uploadAt(step form.Step, field string) (question form.Field, control string, ok bool) {
	for _, f := range step.Fields {
		if f.Type == form.Files && f.ID == field {
			return f, field, true
		}
		for _, sub := range f.Images() {
			row, found := strings.CutPrefix(field, f.ID+".")
			if !found {
				continue
			}
			number, _, _ := strings.Cut(row, ".")
			if n, err := strconv.Atoi(number); err == nil && n >= 0 && n < max(f.Max, 1) {
				if name := form.RowName(f.ID, n, sub.ID); ui.UploadName(name) == field {
					return f, name, true
				}
			}
		}
	}
	return form.Field{}, "", false
}

// dropImages takes the images out of the open revision that no row of the step names any more.
func (s *Service) dropImages(ctx context.Context, who identity.User, id workflow.ID, step form.Step, a form.Answers) error {
	if !slices.ContainsFunc(step.Fields, func(f form.Field) bool { return len(f.Images()) > 0 }) {
		return nil
	}
	c, err := s.Open(ctx, who, id)
	if err != nil {
		return err
	}
	for _, f := range step.Fields {
		if len(f.Images()) == 0 {
			continue
		}
		keys := a.ImageKeys(f)
		for _, file := range c.FilesOf(f.ID) {
			if slices.Contains(keys, file.Key()) {
				continue
			}
			if err := s.RemoveFile(ctx, who, id, file.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// hasImage says whether the submission has an image of the key.
func hasImage(files []attachment.Attachment) func(key string) bool {
	return func(key string) bool {
		return slices.ContainsFunc(files, func(f attachment.Attachment) bool { return f.IsImage() && f.Key() == key })
	}
}

// image sends the picture of an image to whoever may have it: to everybody once it is published.
func (h handlers) image(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	f, by, err := h.service.findFile(ctx, identity.From(ctx), id)
	if err != nil {
		return err
	}
	content, err := h.service.files.Picture(ctx, id)
	if err != nil {
		return err
	}
	attachment.ServePicture(w, r, f, content, by == byAnybody)
	return nil
}
