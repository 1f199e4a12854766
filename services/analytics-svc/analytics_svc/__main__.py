from analytics_svc.main import main

main()
