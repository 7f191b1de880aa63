from django.http import HttpResponse
from django.urls import path

from tenants.access import VIEW, ShopRequest, needs


@needs(VIEW)
def placeholder(request: ShopRequest) -> HttpResponse:
    return HttpResponse("")


app_name = "members"
urlpatterns = [path("", placeholder, name="list")]
