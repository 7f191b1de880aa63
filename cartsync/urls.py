app_name = "cartsync"
urlpatterns: list = []
