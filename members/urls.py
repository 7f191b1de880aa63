from django.urls import path

from members.views import bulk, columns, listing, member, tags

app_name = "members"
urlpatterns = [
    path("", listing.members, name="list"),
    path("columns/", columns.columns, name="columns"),
    path("search/", listing.search, name="search"),
    path("paste/", listing.paste, name="paste"),
    path("paste/<str:public_id>/not-found/", listing.list_not_found, name="list_not_found"),
    path("bulk/", bulk.bulk, name="bulk"),
    path("tags/", tags.tags, name="tags"),
    path("tags/new/", tags.tag_new, name="tag_new"),
    path("tags/<str:public_id>/", tags.tag, name="tag"),
    path("answers/<str:public_id>/restore/", member.restore, name="restore"),
    path("<str:public_id>/", member.member, name="detail"),
    path("<str:public_id>/edit/", member.edit, name="edit"),
    path("<str:public_id>/tags/add/", member.add_tag, name="add_tag"),
    path("<str:public_id>/tags/remove/", member.remove_tag, name="remove_tag"),
]
