from django.urls import path

from members.screens.attributes import views as attributes
from members.screens.builder import views as filter
from members.screens.bulk import views as bulk
from members.screens.emails import views as emails
from members.screens.exports import views as exports
from members.screens.imports import views as imports
from members.screens.imports import views_files
from members.screens.list import views as listing
from members.screens.list import views_cells, views_columns, views_paste
from members.screens.merge import views as merge
from members.screens.notes import views as notes
from members.screens.profile import views as member
from members.screens.profile import views_add
from members.screens.profile import views_reveal as reveal
from members.screens.segments import views as segments
from members.screens.tags import views as tags
from members.screens.tags import views_folders
from members.urls_inquiries import CARE

app_name = "members"
urlpatterns = [
    path("", listing.members, name="list"),
    path("columns/", views_columns.columns, name="columns"),
    path("search/", listing.search, name="search"),
    path("filter/", filter.edit, name="filter"),
    path("filter/rows/", filter.rows, name="builder"),
    path("filter/count/", filter.count, name="builder_count"),
    path("paste/", views_paste.paste, name="paste"),
    path(
        "paste/<str:public_id>/not-found/",
        views_paste.rest,
        {"which": "not-found"},
        name="list_not_found",
    ),
    path(
        "paste/<str:public_id>/invalid/",
        views_paste.rest,
        {"which": "invalid"},
        name="list_invalid",
    ),
    path("bulk/", bulk.bulk, name="bulk"),
    path("tags/", tags.tags, name="tags"),
    path("tags/new/", tags.tag_new, name="tag_new"),
    path("tags/merge/", views_folders.tags_merge, name="tags_merge"),
    path("tags/move/", views_folders.tags_move, name="tags_move"),
    path("tags/folders/", views_folders.folders, name="tag_folders"),
    path("tags/folders/order/", views_folders.folders_order, name="tag_folders_order"),
    path("tags/folders/<str:public_id>/", views_folders.folder, name="tag_folder"),
    path("tags/<str:public_id>/", tags.tag, name="tag"),
    path("tags/<str:public_id>/edit/", tags.tag_edit, name="tag_edit"),
    path("tags/<str:public_id>/delete/", tags.tag_delete, name="tag_delete"),
    path("segments/", segments.segments, name="segments"),
    path("segments/new/", segments.segment_new, name="segment_new"),
    path("segments/order/", segments.segment_order, name="segment_order"),
    path("segments/<str:public_id>/", segments.segment, name="segment"),
    path("segments/<str:public_id>/open/", segments.segment_open, name="segment_open"),
    path(
        "segments/<str:public_id>/count/", segments.segment_count, name="segment_count"
    ),
    path(
        "segments/<str:public_id>/joined/",
        segments.segment_moved,
        {"joined": True},
        name="segment_joined",
    ),
    path(
        "segments/<str:public_id>/left/",
        segments.segment_moved,
        {"joined": False},
        name="segment_left",
    ),
    path("segments/<str:public_id>/edit/", segments.segment_edit, name="segment_edit"),
    path(
        "segments/<str:public_id>/overwrite/",
        segments.segment_overwrite,
        name="segment_overwrite",
    ),
    path(
        "segments/<str:public_id>/duplicate/",
        segments.segment_duplicate,
        name="segment_duplicate",
    ),
    path(
        "segments/<str:public_id>/delete/",
        segments.segment_delete,
        name="segment_delete",
    ),
    path("export/", exports.export, name="export"),
    path("export/strength/", exports.export_strength, name="export_strength"),
    path("exports/", exports.history, name="exports"),
    path("exports/length/", exports.export_length, name="export_length"),
    path("new/", views_add.add, name="add"),
    path("emails/", emails.shared_emails, name="shared_emails"),
    path("merge/", merge.merge_selected, name="merge"),
    path("merges/<str:public_id>/undo/", merge.undo_merge, name="merge_undo"),
    path("imports/", imports.imports, name="imports"),
    path("imports/new/", imports.import_new, name="import_new"),
    path("imports/sample/", views_files.import_sample, name="import_sample"),
    path("imports/<str:public_id>/", imports.import_page, name="import"),
    path(
        "imports/<str:public_id>/columns/",
        imports.import_columns,
        name="import_columns",
    ),
    path(
        "imports/<str:public_id>/progress/",
        imports.import_progress,
        name="import_progress",
    ),
    path("imports/<str:public_id>/load/", imports.import_load, name="import_load"),
    path("imports/<str:public_id>/undo/", imports.import_undo, name="import_undo"),
    path(
        "imports/<str:public_id>/discard/",
        imports.import_discard,
        name="import_discard",
    ),
    path(
        "imports/<str:public_id>/reading/",
        views_files.import_reading,
        name="import_reading",
    ),
    path(
        "imports/<str:public_id>/wrong/", views_files.import_wrong, name="import_wrong"
    ),
    path("attributes/", attributes.attributes, name="attributes"),
    path("attributes/new/", attributes.attribute_new, name="attribute_new"),
    path("attributes/order/", attributes.attributes_order, name="attributes_order"),
    path("attributes/<str:public_id>/", attributes.attribute, name="attribute"),
    path(
        "attributes/<str:public_id>/show/",
        attributes.attribute_show,
        name="attribute_show",
    ),
    path(
        "attributes/<str:public_id>/archive/",
        attributes.attribute_archive,
        name="attribute_archive",
    ),
    path(
        "attributes/<str:public_id>/restore/",
        attributes.attribute_restore,
        name="attribute_restore",
    ),
    path(
        "attributes/<str:public_id>/delete/",
        attributes.attribute_delete,
        name="attribute_delete",
    ),
    path("cells/<str:public_id>/<str:field>/", views_cells.cell, name="cell"),
    path("answers/<str:public_id>/restore/", member.restore, name="restore"),
    path("notes/<str:public_id>/edit/", notes.edit, name="note_edit"),
    path("notes/<str:public_id>/delete/", notes.delete, name="note_delete"),
    *CARE,
    path("<str:public_id>/", member.member, name="detail"),
    path("<str:public_id>/edit/", member.edit, name="edit"),
    path("<str:public_id>/reveal/", reveal.reveal_person, name="reveal"),
    path("<str:public_id>/delete/", member.delete, name="delete"),
    path("<str:public_id>/merge/", merge.choose, name="merge_choose"),
    path("<str:public_id>/undelete/", member.restore_deleted, name="bring_back"),
    path("<str:public_id>/notes/add/", notes.add, name="note_add"),
    path("<str:public_id>/tags/add/", member.add_tag, name="add_tag"),
    path("<str:public_id>/tags/remove/", member.remove_tag, name="remove_tag"),
]
