from django.urls import path

from members.views import bulk, columns, exports, filter, listing, member, tag_groups, tags

app_name = "members"
urlpatterns = [
    path("", listing.members, name="list"),
    path("columns/", columns.columns, name="columns"),
    path("search/", listing.search, name="search"),
    path("filter/", filter.edit, name="filter"),
    path("filter/rows/", filter.rows, name="builder"),
    path("filter/count/", filter.count, name="builder_count"),
    path("paste/", listing.paste, name="paste"),
    path("paste/<str:public_id>/not-found/", listing.list_not_found, name="list_not_found"),
    path("bulk/", bulk.bulk, name="bulk"),
    path("tags/", tags.tags, name="tags"),
    path("tags/new/", tags.tag_new, name="tag_new"),
    path("tags/merge/", tag_groups.tags_merge, name="tags_merge"),
    path("tags/move/", tag_groups.tags_move, name="tags_move"),
    path("tags/folders/", tag_groups.folders, name="tag_folders"),
    path("tags/folders/order/", tag_groups.folders_order, name="tag_folders_order"),
    path("tags/folders/<str:public_id>/", tag_groups.folder, name="tag_folder"),
    path("tags/<str:public_id>/", tags.tag, name="tag"),
    path("tags/<str:public_id>/edit/", tags.tag_edit, name="tag_edit"),
    path("tags/<str:public_id>/delete/", tags.tag_delete, name="tag_delete"),
    path("export/", exports.export, name="export"),
    path("export/strength/", exports.export_strength, name="export_strength"),
    path("exports/", exports.history, name="exports"),
    path("answers/<str:public_id>/restore/", member.restore, name="restore"),
    path("<str:public_id>/", member.member, name="detail"),
    path("<str:public_id>/edit/", member.edit, name="edit"),
    path("<str:public_id>/tags/add/", member.add_tag, name="add_tag"),
    path("<str:public_id>/tags/remove/", member.remove_tag, name="remove_tag"),
]
